import { IPV4_PREFIX_LENGTH } from '../addresses.js';
import { headerBytes, vxlanHeaders } from '../hosts/encapsulation.js';
import { diesWithNamespace, type PlannedEndpoint, type PlannedHop, type Step } from '../plan.js';
import { CONTAINER_INTERFACE } from './engine-network.js';
import { EXEC_ROOT } from './engine-start.js';
import type { PrivateEngine } from './private-engine.js';

const NETWORK = 'net0';
/** What every engine calls them in the namespace that an overlay has on its host. */
const BRIDGE = 'br0';
const TUNNEL = 'vxlan0';
/** Until an engine has heard of the other's containers; most often it has when its own has been started. */
const PEERS_TIMEOUT_SECONDS = 15;

interface OverlayWish {
  /** Number of the ends' subnet. */
  subnet: number;
  mtuBytes: number;
  networkWords: readonly string[];
}

interface Side {
  engine: PrivateEngine;
  ends: readonly PlannedEndpoint[];
}

/** An overlay network on engines that share a store, its containers, and the namespaces it has on each host. */
export function overlaySteps({ subnet, mtuBytes, networkWords }: OverlayWish, sides: readonly [Side, Side]): Step[] {
  const prefix = (host: number, bits: number) => `198.18.${subnet}.${host}/${bits}`;
  const [first, second] = sides;
  return [
    first.engine.step(
      ...['network', 'create', '--driver', 'overlay', ...networkWords],
      ...['--subnet', prefix(0, IPV4_PREFIX_LENGTH), '--gateway', `198.18.${subnet}.1`],
      // Out of these a swarm gives addresses to load balancers of its own, and leaves the ends' alone.
      ...['--ip-range', prefix(248, 29)],
      // The driver takes it for the underlay's.
      ...['--opt', `com.docker.network.driver.mtu=${mtuBytes + headerBytes(vxlanHeaders(4))}`],
      NETWORK,
    ),
    ...sides.flatMap(({ engine, ends }) => [
      ...ends.flatMap((end) => engine.containerSteps(end.namespace, ['--network', NETWORK, '--ip', end.ipv4])),
      ...engine.adoptSteps(overlayNamespace(engine), FIND_NAMESPACE, engine.socket, NETWORK),
    ]),
    ...[
      { engine: first.engine, others: second.ends },
      { engine: second.engine, others: first.ends },
    ].map(({ engine, others }) => peersStep(engine, others)),
  ];
}

/** Inwards from an end to the tunnel of its host. */
export function overlayHops(engine: PrivateEngine, end: PlannedEndpoint, mtuBytes: number): PlannedHop[] {
  const namespace = overlayNamespace(engine);
  const port = { peerOf: { namespace: end.namespace, interface: CONTAINER_INTERFACE } };
  return [
    { namespace: end.namespace, interface: end.interface, mtuBytes },
    { namespace, interface: port, master: BRIDGE, mtuBytes },
    { namespace, interface: BRIDGE, mtuBytes },
    { namespace, interface: TUNNEL, master: BRIDGE, mtuBytes },
  ];
}

function overlayNamespace({ host }: PrivateEngine): string {
  return `overlay-${host}`;
}

/** The namespace's file is called after a count and the first ten letters of the network's id. */
const FIND_NAMESPACE = [
  'id=$(docker --host "$1" network inspect --format "{{printf \\"%.10s\\" .ID}}" "$2")',
  `cd "$root" && ls -d ${EXEC_ROOT.slice(1)}/netns/*-"$id" | sed "s:^:/:;q"`,
].join('\n');

/**
 * The engine answers for the other host's containers (`proxy` of ip-link(8)) once it knows of them. With a key-value
 * store it misses what was told before the two had found each other, and asks when a frame for the peer comes by
 * (`l3miss`): so a neighbour that is wanted (`use`) is asked for, again and again.
 */
function peersStep(engine: PrivateEngine, others: readonly PlannedEndpoint[]): Step {
  const wait = [
    'attempt=0',
    'for peer; do',
    `  until ip neighbour show "$peer" dev ${TUNNEL} | grep -q .; do`,
    '    attempt=$((attempt + 1))',
    `    [ $attempt -le ${PEERS_TIMEOUT_SECONDS * 10} ] || { echo "it has no entry for $peer" >&2; exit 1; }`,
    `    [ $((attempt % 10)) -ne 0 ] || ip neighbour replace "$peer" dev ${BRIDGE} use || true`,
    '    sleep 0.1',
    '  done',
    'done',
  ].join('\n');
  return {
    namespace: overlayNamespace(engine),
    command: ['sh', '-c', wait, 'sh', ...others.map(({ ipv4 }) => ipv4)],
    undo: diesWithNamespace,
    timeoutMs: (PEERS_TIMEOUT_SECONDS + 10) * 1000,
    waitsFor: `${engine.host} to hear of the other host's containers`,
    meaning: {
      code: 'ERR_OVERLAY_PEERS',
      message: `the engine of ${engine.host} has not heard of the other one's containers in ${PEERS_TIMEOUT_SECONDS} s`,
      remedy: 'See every command with --dry-run, and what both engines say in their logs.',
    },
  };
}
