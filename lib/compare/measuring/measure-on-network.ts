import { TestError, type VnetperfError } from '../../errors.js';
import { pinRemarks } from '../../topology/description.js';
import { findingsBefore, whyNothingArrived } from '../../topology/diagnosis/findings-before.js';
import type { MachineWatch } from '../../topology/diagnosis/machine-facts.js';
import type { Network } from '../../topology/network.js';
import { receivedNothing } from '../../traffic/received-nothing.js';
import { runBothEnds, testOn } from '../../traffic/run-both-ends.js';
import { interruptedError } from '../../traffic/session.js';
import type { CellRequest } from '../cell.js';
import { limitsOf } from '../limits/limits.js';
import { linkFindings } from '../link/link-findings.js';
import { linkMeasurementOf } from '../link/link-measurement-of.js';
import { watchLink } from '../link/link-watch.js';
import type { MeasuredPath, Measurement } from '../measurement.js';
import { runPeer } from '../peer/run-peer.js';
import { measurementOf, type TestSurroundings } from './measurement-of.js';

/**
 * One test of a cell, on a network that stands.
 * @param watch Begun before the network was built.
 * @throws VnetperfError, also where a direction received nothing.
 */
export async function measureOnNetwork(
  network: Network,
  request: CellRequest,
  watch: MachineWatch,
  signal: AbortSignal,
): Promise<Measurement> {
  const { configuration, pin, peer } = request;
  const ipv6 = configuration.family === 6;
  const test = testOn(network, { ...configuration, cores: pin.client }, ipv6);
  const findings = await findingsBefore(network, watch, configuration, pin);
  if (signal.aborted) throw interruptedError('client', signal.reason);
  const warnings = findings.filter(({ severity }) => severity === 'warning').map(({ message }) => message);
  const surroundings: TestSurroundings = { path: measuredPath(network, request), warnings };
  const watched = await watchLink(network, { pin, ipv6 });
  if (peer !== undefined) {
    const { measured: reported, blockBytes = 0 } = await runPeer(network, test.configuration, peer, { pin, signal });
    const link = await watched();
    const settings = { ...configuration.settings, lengthBytes: blockBytes, omitsBytes: true };
    const measured = link === undefined ? reported : { ...reported, link: linkMeasurementOf(link, reported, settings) };
    if (measured.directions.some(({ receivedBytes }) => receivedBytes === 0)) throw await nothingArrived(network);
    if (request.latency) warnings.push(`round trips are not measured beside ${peer.command.join(' ')}`);
    return {
      ...measured,
      path: surroundings.path,
      limits: limitsOf(measured, configuration.settings),
      warnings: [
        ...warnings,
        ...measured.warnings,
        ...linkFindings(measured.link, measured.durationSeconds).map(({ message }) => message),
      ],
    };
  }
  const run = await runBothEnds(network, test, {
    pin,
    latency: request.latency,
    signal,
    onEvent: (event) => {
      if (event.type === 'warning') warnings.push(event.message);
    },
  });
  if (receivedNothing(run.end)) throw await nothingArrived(network);
  const measured = measurementOf(run, { ...surroundings, link: await watched() });
  return { ...measured, limits: limitsOf(measured, run.end.settings) };
}

function measuredPath(network: Network, { pin, configuration }: CellRequest): MeasuredPath {
  const { kind, path, remarks = [] } = network;
  const family = configuration.family === 6 ? 6 : 4;
  return {
    kind,
    description: network.description({ ...pinRemarks(pin), family }),
    pathMtuBytes: path.pathMtuBytes,
    hops: path.hops,
    remarks: [...remarks],
  };
}

/** A rate of zero says nothing of how fast a network is. */
async function nothingArrived(network: Network): Promise<VnetperfError> {
  const [cause] = await whyNothingArrived(network);
  if (cause?.code === 'ERR_NOTHING_ARRIVED') return new TestError(cause.message, cause);
  return new TestError(`nothing of the test arrived: ${cause?.message ?? 'no cause was found'}`, {
    code: cause?.code ?? 'ERR_NOTHING_ARRIVED',
    remedy: cause?.remedy,
  });
}
