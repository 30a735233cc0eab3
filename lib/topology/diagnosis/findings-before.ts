import type { ClientConfiguration } from '../../configuration/configuration.js';
import type { PinnedCores } from '../../configuration/cores.js';
import { VnetperfError } from '../../errors.js';
import type { Network } from '../network.js';
import type { Finding } from './finding.js';
import type { MachineWatch } from './machine-facts.js';
import { machineFindings } from './machine-findings.js';

/** What was found of a network and of this machine that matters to the test which is about to run. */
export async function findingsBefore(
  network: Network,
  watch: MachineWatch,
  { settings }: Pick<ClientConfiguration, 'settings'>,
  pin: PinnedCores,
): Promise<Finding[]> {
  const { protocol, congestion, rateBitsPerSecond, windowBytes } = settings;
  const test = { protocol, congestion, rateBitsPerSecond, windowBytes, pin };
  return [...network.findings, ...machineFindings(await watch.finish(), network.path.congestion, test)];
}

/** After a test of which nothing arrived. At least one finding. */
export async function whyNothingArrived(network: Network): Promise<Finding[]> {
  try {
    return await network.explainSilence();
  } catch (error) {
    if (!(error instanceof VnetperfError)) throw error;
    return [{ severity: 'error', code: error.code, message: error.message, remedy: error.remedy }];
  }
}

/**
 * After a test that ended with an error because one end no longer heard of the other: what has happened to the path
 * since it was verified. Empty where the path is as it was.
 */
export async function whyItBroke(network: Network, error: unknown): Promise<Finding[]> {
  const silent = error instanceof VnetperfError && (error.code === 'ERR_PEER_MUTE' || error.errno > 0);
  if (!silent) return [];
  const findings = await whyNothingArrived(network);
  return findings.filter(({ code }) => code !== 'ERR_NOTHING_ARRIVED');
}
