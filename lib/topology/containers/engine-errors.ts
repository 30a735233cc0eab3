import { TopologyError, type VnetperfError, type VnetperfErrorDetails } from '../../errors.js';
import { engineCommand } from '../places/container-process.js';
import type { EngineAddress } from '../places/place.js';
import { OWN_ENGINE_FLAG } from './private-engine.js';

/** What an engine's refusal means, where its own words would not say what to do. */
interface Refusal {
  pattern: RegExp;
  code: string;
  /** Behind "KIND: ". */
  what: (match: RegExpExecArray, at: string) => string;
  remedy: string;
  /** Holds for an engine of the lab's own as well: the others' remedies are about the machine's. */
  ofOwnEngineToo?: true;
}

const START_ENGINE =
  'Start it with: systemctl start docker; or say with --docker-host where it listens, for example ' +
  'unix:///run/docker.sock.';

/** The first that matches. What is said about chains comes wrapped into a sentence about networks. */
const REFUSALS: readonly Refusal[] = [
  {
    pattern:
      /No chain\/target\/match by that name|Chain '[\w-]+' does not exist|chain `[\w-]+' in table `\w+' is incompatible/,
    code: 'ERR_DOCKER_CHAIN',
    what: ({ input }) => `the engine's chain ${missingChain(input)} of iptables is gone`,
    remedy:
      'Restart the engine, which makes its chains when it starts: systemctl restart docker. A firewall that was ' +
      'reloaded after the engine had started takes them away.',
  },
  {
    pattern: /network sandbox join failed|moving interface .* to host ns failed|context deadline exceeded/,
    code: 'ERR_NETWORK_STALE',
    what: () => 'the engine cannot join a container to its network, which is stale since the engine was restarted',
    remedy: 'Remove the network and make it again; where that fails too, restart the host.',
    ofOwnEngineToo: true,
  },
  {
    pattern: /(?:Bind for )?([\w.:[\]]*:\d+)?:? ?(?:failed: port is already allocated|bind: address already in use)/,
    code: 'ERR_PORT_IN_USE',
    what: ([, where]) => `the port ${where ?? 'to be published'} is taken`,
    remedy: 'Choose another with -p, or leave -p out for a free one.',
  },
  {
    pattern:
      /Pool overlaps with other one|subnet .* is already (?:in use|being used)|overlaps with other|conflicts with network/,
    code: 'ERR_SUBNET_IN_USE',
    what: () => 'another network of the engine has taken the subnet meanwhile',
    remedy: 'Run it again, or choose one with --subnet.',
  },
  {
    pattern: /permission denied while trying to connect|dial unix .*: permission denied/,
    code: 'ERR_NO_PERMISSION',
    what: (_, at) => `this user may not talk to the engine${at}`,
    remedy: 'Run vnetperf as root.',
  },
  {
    pattern: /Cannot connect to the Docker daemon|error during connect|connection refused|no such host/i,
    code: 'ERR_ENGINE_UNREACHABLE',
    what: (_, at) => `no engine answers${at}`,
    remedy: START_ENGINE,
  },
  {
    pattern: /executable file not found|no command specified|exec format error|no such file or directory: unknown/i,
    code: 'ERR_IMAGE',
    what: () => 'the image holds no program that the engine could start',
    remedy: 'Give --image one whose own command keeps running, or leave it out.',
  },
];

/** What the engine's command line said on stderr, as an error that says what to do; undefined = nothing known. */
export function engineError(
  kind: string,
  engine: EngineAddress,
  said: string,
  cause: unknown,
): VnetperfError | undefined {
  const at = engine.host === undefined ? '' : ` at ${engine.host}`;
  return refusal(kind, at, REFUSALS, said, cause);
}

/** The same of the command of a plan's; undefined too where it was for no engine. */
export function engineStepError(
  kind: string,
  words: readonly unknown[],
  said: string,
  cause: unknown,
): VnetperfError | undefined {
  const engine = engineOf(words);
  if (engine !== undefined) return engineError(kind, engine, said, cause);
  if (words[1] !== OWN_ENGINE_FLAG) return undefined;
  const everywhere = REFUSALS.filter(({ ofOwnEngineToo }) => ofOwnEngineToo);
  return refusal(kind, '', everywhere, said, cause);
}

function refusal(
  kind: string,
  at: string,
  known: readonly Refusal[],
  said: string,
  cause: unknown,
): VnetperfError | undefined {
  for (const { pattern, code, what, remedy } of known) {
    const match = pattern.exec(said);
    if (match === null) continue;
    return new TopologyError(`${kind}: ${what(match, at)} (${asOneLine(said)})`, { code, remedy, cause });
  }
  return undefined;
}

export function engineUnreachable(
  kind: string,
  engine: EngineAddress,
  where: string,
  reason: string,
  details: Pick<VnetperfErrorDetails, 'cause' | 'errno'> = {},
): VnetperfError {
  return new TopologyError(`${kind}: no engine of ${engine.program} answers at ${where}: ${reason}`, {
    ...details,
    code: 'ERR_ENGINE_UNREACHABLE',
    remedy: START_ENGINE,
  });
}

/** The engine of the machine's that a command of a plan was for; undefined = none, or one of the lab's own. */
export function engineOf(words: readonly unknown[]): EngineAddress | undefined {
  const [program, option, host] = words;
  if (program !== 'docker' && program !== 'podman') return undefined;
  if (option === OWN_ENGINE_FLAG) return undefined;
  const [, flag] = engineCommand({ program, host: '' });
  return { program, host: option === flag && typeof host === 'string' ? host : undefined };
}

/** Named in iptables' own words, or in the command that the engine shows: `iptables --wait -t nat -A DOCKER ...`. */
function missingChain(said: string): string {
  const [, table = 'filter'] = /-t (\w+)/.exec(said) ?? [];
  const quoted = /[Cc]hain ['`]([\w-]+)'/.exec(said)?.[1];
  const shown = [...said.matchAll(/-[ACDIj] (DOCKER\S*)/g)][0]?.[1];
  return `${quoted ?? shown ?? 'DOCKER'} (table ${table})`;
}

function asOneLine(said: string): string {
  return said
    .trim()
    .replace(/^Error( response from daemon)?: /, '')
    .split('\n')
    .filter((line) => !line.startsWith('See ') && !line.startsWith('Error: failed to start containers'))
    .map((line) => line.trim())
    .join(' ');
}
