import { formatIpv4Prefix, overlap, parseIpv4Prefix } from '../containers/ipv4-prefix.js';
import type { EngineFacts } from './engine-facts.js';
import type { Finding } from './finding.js';

/** What the engine makes when it starts, and needs whenever it makes a network or publishes a port. */
const CHAINS = ['nat/DOCKER', 'filter/DOCKER'];
/** RFC 2544: what networks of our own take their addresses from. */
const BENCHMARK_RANGE = '198.18.0.0/15';

/** @param severity What a missing chain is to whoever asks: nothing works, or only new networks do not. */
export function engineFindings(facts: EngineFacts, severity: 'error' | 'warning'): Finding[] {
  return [...chainFindings(facts, severity), ...rangeFindings(facts)];
}

function chainFindings({ label, chains }: EngineFacts, severity: 'error' | 'warning'): Finding[] {
  if (chains === undefined) return [];
  return CHAINS.filter((name) => !chains.includes(name)).map((name) => {
    const [table, chain] = name.split('/');
    return {
      severity,
      code: 'ERR_DOCKER_CHAIN',
      message:
        `the chain ${chain} of iptables' table ${table} is gone from where ${label} is: ` +
        'it can neither publish a port nor make a network',
      remedy:
        'Restart the engine, which makes its chains when it starts: systemctl restart docker. A firewall that was ' +
        'reloaded after the engine had started takes them away.',
    };
  });
}

function rangeFindings({ holders, label }: EngineFacts): Finding[] {
  const range = parseIpv4Prefix(BENCHMARK_RANGE)!;
  const within = holders.filter(({ prefix }) => overlap(prefix, range));
  // The addresses of an interface have routes of their own beside the one of its network.
  const inUse = within.filter(
    ({ prefix }) =>
      !within.some((wider) => wider.prefix.lengthBits < prefix.lengthBits && overlap(wider.prefix, prefix)),
  );
  // A network of the engine's has a route of its own there.
  const prefixes = [...new Map(inUse.map((one) => [formatIpv4Prefix(one.prefix), one.holder])).entries()];
  if (prefixes.length === 0) return [];
  const all = prefixes.slice(0, 3).map(([prefix, holder]) => `${prefix} (${holder})`);
  const more = prefixes.length > 3 ? ` and ${prefixes.length - 3} more` : '';
  return [
    {
      severity: 'note',
      code: 'RANGE_IN_USE',
      message: `of ${BENCHMARK_RANGE}, the range for benchmarks, some is in use where ${label} is: ${all.join(', ')}${more}`,
      remedy: 'Networks of vnetperf keep away from it; with --subnet it is for you to.',
    },
  ];
}
