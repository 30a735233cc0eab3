import { type Argument, type DaemonStep, diesWithNamespace, type Step } from '../plan.js';
import { type BgpHost, birdConfiguration, type PeeringOptions } from './configuration.js';

/** Asks each BIRD (socket, block, socket, block ...) whether it has a way to that block. birdc itself never fails. */
const KNOWS_BLOCKS =
  'while [ $# -gt 0 ]; do birdc -r -s "$1" show route "$2" | grep -q "via .* on " || ' +
  '{ echo "no route to $2 at $(basename "$1" .ctl)" >&2; exit 1; }; shift 2; done';

/**
 * A BIRD of its own on each of two hosts, with everything it writes in the plan's directory. The second one serves
 * when both know the way to each other's endpoints.
 */
export function birdSteps(hosts: readonly [BgpHost, BgpHost], options: Omit<PeeringOptions, 'passive'>): Step[] {
  const [one, other] = hosts;
  return [
    configurationStep(one, birdConfiguration(one, other, { ...options, passive: true })),
    configurationStep(other, birdConfiguration(other, one, { ...options, passive: false })),
    daemonStep(one, `BIRD on ${one.namespace}`, ['birdc', '-r', '-s', socketOf(one), 'show', 'status']),
    daemonStep(other, `BIRD on ${other.namespace}, and both hosts' routes`, [
      'sh',
      '-c',
      KNOWS_BLOCKS,
      'sh',
      ...blocksWords(one, other),
      ...blocksWords(other, one),
    ]),
  ];
}

function configurationStep(host: BgpHost, text: string): Step {
  return {
    namespace: host.namespace,
    command: ['dd', 'status=none', { file: configurationOf(host).file, before: 'of=' }],
    input: Buffer.from(text),
    undo: diesWithNamespace,
  };
}

/** In the foreground, with neither a process-id file nor a socket where a BIRD of the machine has its own. */
function daemonStep(host: BgpHost, title: string, ready: DaemonStep['ready']): DaemonStep {
  return {
    type: 'daemon',
    name: `bird-${host.namespace}`,
    title,
    namespace: host.namespace,
    command: ['bird', '-f', '-c', configurationOf(host), '-s', socketOf(host)],
    ready,
  };
}

/** What this host is to know of the other. */
function blocksWords(asked: BgpHost, { blocks }: BgpHost): Argument[] {
  return [blocks.ipv4, blocks.ipv6].flatMap((block) => (block === undefined ? [] : [socketOf(asked), block]));
}

function configurationOf({ namespace }: BgpHost): { file: string } {
  return { file: `${namespace}.conf` };
}

function socketOf({ namespace }: BgpHost): { file: string } {
  return { file: `${namespace}.ctl` };
}
