import type { NativeSystemError } from '../../platform/native.js';
import type { TriedDirection } from './directions.js';
import type { Evidence } from './evidence.js';
import type { Cause, Finding } from './finding.js';
import { gapCause } from './gap-causes.js';
import type { PathFacts } from './path-facts.js';

/** Directions that nothing crosses, with what was seen of why at the first of them. */
export function reachFindings({ subject, directions, evidence }: PathFacts): Finding[] {
  const failed = directions.filter(({ failure }) => failure !== undefined);
  const [first] = failed;
  if (first === undefined) return [];
  const taken = failed.flatMap((direction) => takenPort(subject.kind, direction));
  if (taken.length > 0) return taken.slice(0, 1);
  const seen = evidence.find(({ direction }) => direction === first.name);
  const cause = seen === undefined ? undefined : likeliest(seen);
  const others = failed.slice(1).map(({ name }) => name);
  const carries = failed.length === directions.length ? 'carries nothing' : 'does not carry everything';
  return [
    {
      severity: 'error',
      code: 'ERR_PATH_UNREACHABLE',
      message:
        `${subject.kind} ${carries}: ${first.name} does not get through: ${first.failure!.message}` +
        (cause === undefined ? '' : `: ${cause.message}`) +
        (others.length === 0 ? '' : `; nor does ${others.join(', ')}`),
      remedy: cause?.remedy ?? 'Look for packet filters and routes that reach into new namespaces.',
    },
  ];
}

/** Of a direction that was not tried at all: somebody has the port that addresses are translated to. */
function takenPort(kind: string, { failure, to, translated }: TriedDirection): Finding[] {
  const { code, syscall } = failure as Partial<NativeSystemError>;
  if (translated === undefined || code !== 'EADDRINUSE' || syscall === 'connect') return [];
  const { serverPort } = translated;
  return [
    {
      severity: 'error',
      code: 'ERR_PORT_IN_USE',
      message: `${kind}: the server's port ${serverPort} is taken in ${to.namespace}`,
      remedy: `Choose another with -p; who has it is told by: ss -lntup sport = :${serverPort}, in ${to.namespace}.`,
    },
  ];
}

/** What proves itself before what merely fits. */
export function likeliest(evidence: Evidence): Cause | undefined {
  return (
    wrongChecksums(evidence) ??
    noRoute(evidence) ??
    notForwarding(evidence) ??
    gap(evidence) ??
    missingForwardingEntry(evidence) ??
    noNeighbour(evidence) ??
    filtered(evidence)
  );
}

/** Transmit checksums left to a device that never computes them: the receiver counts and drops. */
function wrongChecksums({ checksumErrors, sender }: Evidence): Cause | undefined {
  if (checksumErrors === 0) return undefined;
  const { interface: device, namespace, txChecksum } = sender;
  const left =
    txChecksum === true
      ? `${device} in the namespace ${namespace} leaves checksums to its device, and a userspace switch computes none`
      : 'something on the way changes packets without their checksums';
  return {
    message: `they arrive with wrong checksums (${checksumErrors} counted there): ${left}`,
    remedy:
      txChecksum === true
        ? `Switch it off: --offload tx=off, or ethtool -K ${device} tx off in ${namespace}, at both ends.`
        : 'Look for what rewrites packets between the two.',
  };
}

function noRoute({ route, sender, host }: Evidence): Cause | undefined {
  if (route.error === undefined) return undefined;
  return {
    message: `${sender.namespace} has no way to ${host} (${route.error})`,
    remedy: `Give it a route: ip route add ${host} via GATEWAY, in ${sender.namespace}.`,
  };
}

function notForwarding({ routersOff }: Evidence): Cause | undefined {
  const [router] = routersOff;
  if (router === undefined) return undefined;
  const sysctl = router.family === 4 ? 'net.ipv4.ip_forward' : 'net.ipv6.conf.all.forwarding';
  return {
    message: `${router.namespace} is to route and does not (${sysctl} is 0)`,
    remedy: `sysctl -w ${sysctl}=1 in ${router.namespace}.`,
  };
}

function missingForwardingEntry({ missingEntries }: Evidence): Cause | undefined {
  const [entry] = missingEntries;
  if (entry === undefined) return undefined;
  return {
    message: `${entry.device} in ${entry.namespace} has no forwarding entry for ${entry.mac}`,
    remedy: `bridge fdb append ${entry.mac} dev ${entry.device} dst HOST, in ${entry.namespace}, where HOST is the other host's address.`,
  };
}

function gap({ gaps: [first] }: Evidence): Cause | undefined {
  return first && gapCause(first);
}

function noNeighbour({ neighbour, sender, route, host }: Evidence): Cause | undefined {
  if (neighbour === undefined || !/FAILED|INCOMPLETE/.test(neighbour.state)) return undefined;
  const hop = route.gateway ?? host;
  return {
    message: `nobody answers for ${hop} on ${route.device ?? sender.interface} of ${sender.namespace} (neighbour ${neighbour.state})`,
    remedy: 'Its owner is not on this link, or something on the way drops ARP and neighbour discovery.',
  };
}

/** Named, not accused: whether a rule matched is not always counted. */
export function filtered({ filters, neighbour }: Evidence): Cause | undefined {
  const [filter, ...others] = filters;
  if (filter === undefined) return undefined;
  const answers = neighbour === undefined ? '' : `the link answers (neighbour ${neighbour.state}), but `;
  const more = others.length === 0 ? '' : `, and ${others.length} more`;
  return {
    message: `${answers}${filter.namespace} has a packet filter that drops: ${filter.rule}${more}`,
    remedy: `See it with: ${filter.command}, in ${filter.namespace}; let the traffic of the two ends pass.`,
  };
}
