import type { ClientConfiguration } from '../configuration/configuration.js';
import type { PinnedCores } from '../configuration/cores.js';
import { VnetperfError } from '../errors.js';
import type { Finding } from '../topology/diagnosis/finding.js';
import type { MachineWatch } from '../topology/diagnosis/machine-facts.js';
import { machineFindings } from '../topology/diagnosis/machine-findings.js';
import type { Network } from '../topology/network.js';
import type { EndRecord, StreamEnd } from '../traffic/events.js';

/** What was found of a network and of this machine that matters to the test which is about to run. */
export async function findingsBefore(
  network: Network,
  watch: MachineWatch,
  { settings }: ClientConfiguration,
  pin: PinnedCores,
): Promise<Finding[]> {
  const { protocol, congestion, rateBitsPerSecond, windowBytes } = settings;
  const test = { protocol, congestion, rateBitsPerSecond, windowBytes, pin };
  return [...network.findings, ...machineFindings(await watch.finish(), network.path.congestion, test)];
}

/** Whether a direction of a test that ended well received nothing at all. */
export function receivedNothing({ streams, incomplete }: EndRecord): boolean {
  if (incomplete) return false;
  return [true, false].some((sender) => {
    const direction = streams.filter(({ stream }) => stream.sender === sender);
    return direction.length > 0 && direction.every((stream) => receivedBytes(stream) === 0);
  });
}

/** At least one finding. */
export async function whyNothingArrived(network: Network): Promise<Finding[]> {
  try {
    return await network.explainSilence();
  } catch (error) {
    if (!(error instanceof VnetperfError)) throw error;
    return [{ severity: 'error', code: error.code, message: error.message, remedy: error.remedy }];
  }
}

function receivedBytes({ stream, local, remote }: StreamEnd): number | undefined {
  return stream.sender ? remote?.bytes : local.bytes;
}
