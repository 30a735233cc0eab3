import { locateCommand } from '../../platform/run-command.js';
import type { OpenNamespaces } from './subject.js';

/** A rule of a packet filter that lets something not through. */
export interface FilterRule {
  namespace: string;
  /** As the filter's own program prints it, with the chain it is in. */
  rule: string;
  /** What lists it. */
  command: string;
}

export interface CountedRule extends FilterRule {
  /** undefined: the filter does not count this one. */
  packets: number | undefined;
}

/** Both families of tables that a kernel of today can have: iptables' own, and nftables', where iptables-nft is too. */
export async function droppingRules(
  namespaces: readonly string[],
  family: 4 | 6,
  open: OpenNamespaces,
): Promise<CountedRule[]> {
  const iptables = family === 4 ? 'iptables' : 'ip6tables';
  const programs: [string, ...string[]][] = [];
  if (locateCommand('nft') !== undefined) programs.push(['nft', 'list', 'ruleset']);
  else if (locateCommand(iptables) !== undefined) programs.push([iptables, '-v', '-S']);
  if (locateCommand(`${iptables}-legacy`) !== undefined) programs.push([`${iptables}-legacy`, '-v', '-S']);
  const found = await Promise.all(
    namespaces.flatMap((namespace) =>
      programs.map(async (command) => {
        const { stdout } = await open.run(namespace, command).catch(() => ({ stdout: '' }));
        const rules = command[0] === 'nft' ? parseNftables(stdout) : parseIptables(stdout);
        return rules.map((rule) => ({ ...rule, namespace, command: command.join(' ') }));
      }),
    ),
  );
  return found.flat();
}

type ParsedRule = Pick<CountedRule, 'rule' | 'packets'>;

export function parseNftables(text: string): ParsedRule[] {
  const rules: ParsedRule[] = [];
  let chain = '';
  for (const raw of text.split('\n')) {
    const line = raw.trim();
    const opened = /^(?:table|chain) (.*) \{$/.exec(line)?.[1];
    if (opened !== undefined) chain = line.startsWith('chain') ? opened : '';
    if (/\bpolicy drop;/.test(line)) rules.push({ rule: `chain ${chain}, policy drop`, packets: undefined });
    if (/(?:^|\s)(?:drop|reject)(?:\s|$)/.test(line) && !line.startsWith('type ')) {
      const packets = /counter packets (\d+)/.exec(line)?.[1];
      const words = line.replace(/counter packets \d+ bytes \d+ /, '');
      rules.push({ rule: `chain ${chain}, ${words}`, packets: packets === undefined ? undefined : Number(packets) });
    }
  }
  return rules;
}

export function parseIptables(text: string): ParsedRule[] {
  return text.split('\n').flatMap((line): ParsedRule[] => {
    if (!/^-P \S+ DROP|-j (?:DROP|REJECT)\b/.test(line)) return [];
    const packets = / -c (\d+) \d+/.exec(line)?.[1];
    return [{ rule: line.replace(/ -c \d+ \d+/, ''), packets: packets === undefined ? undefined : Number(packets) }];
  });
}

/** The rules, those first that counted packets between the two readings. */
export function ruleCounts(before: readonly CountedRule[], after: readonly CountedRule[]): FilterRule[] {
  const key = ({ namespace, rule }: CountedRule) => `${namespace}\n${rule}`;
  const packetsBefore = new Map(before.map((rule) => [key(rule), rule.packets ?? 0]));
  const grown = (rule: CountedRule) => (rule.packets ?? 0) > (packetsBefore.get(key(rule)) ?? 0);
  return after
    .toSorted((one, other) => Number(grown(other)) - Number(grown(one)))
    .map(({ packets: _, ...rule }) => rule);
}
