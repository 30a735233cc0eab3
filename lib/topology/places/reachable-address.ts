import { TopologyError } from '../../errors.js';
import type { NativeAddon } from '../../platform/native.js';
import { probeTcp } from '../probe.js';
import type { CandidateAddress } from './candidate-addresses.js';
import type { OpenPlace } from './place.js';

/** On one machine an answer takes well under a millisecond; a lost first packet is sent again after a second. */
const PROBE_DEADLINE_MS = 1_500;

/**
 * The first of the server's addresses that a TCP connection from the client gets through to. Throws VnetperfError
 * ERR_PATH_UNREACHABLE with all that was tried.
 */
export async function reachableAddress(
  native: NativeAddon,
  client: OpenPlace,
  server: OpenPlace,
  candidates: readonly CandidateAddress[],
  family: 4 | 6 | undefined,
): Promise<CandidateAddress> {
  const probe = async (address: CandidateAddress): Promise<string | undefined> => {
    const path = { from: client.namespace, to: server.namespace, host: address.host, family: address.family };
    for (let attempt = 0; ; attempt++) {
      try {
        await probeTcp(native, path, PROBE_DEADLINE_MS);
        return undefined;
      } catch (error) {
        // The kernel asks for a neighbour for three seconds: what it says sooner is the answer to an earlier question.
        if (attempt === 0 && (error as { code?: string }).code === 'EHOSTUNREACH') continue;
        return error instanceof Error ? error.message : String(error);
      }
    }
  };
  const [first, ...others] = candidates;
  if (first === undefined) {
    throw new TopologyError(
      `${server.label} has no ${family === undefined ? '' : `IPv${family} `}address that another place could reach`,
      {
        code: 'ERR_PATH_UNREACHABLE',
        remedy: `See what it has with: ${addressCommand(server)}`,
      },
    );
  }
  const refusal = await probe(first);
  if (refusal === undefined) return first;
  // The rest together: a machine has many addresses, and each that is silent takes the whole time.
  const refusals = [refusal, ...(await Promise.all(others.map(probe)))];
  const reached = refusals.indexOf(undefined);
  if (reached >= 0) return candidates[reached]!;
  const tried = candidates.map(({ host }, index) => `${host} (${refusals[index]})`).join(', ');
  throw new TopologyError(`${client.label} does not reach ${server.label} at ${tried}`, {
    code: 'ERR_PATH_UNREACHABLE',
    remedy: 'Connect both to one network, or look for packet filters and routes between them.',
  });
}

function addressCommand({ source, pid }: OpenPlace): string {
  if (source.type === 'netns') return `ip -n ${source.name} address`;
  return pid === undefined ? 'ip address' : `nsenter -t ${pid} -n ip address`;
}
