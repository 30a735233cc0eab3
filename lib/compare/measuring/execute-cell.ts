import { MachineWatch } from '../../topology/diagnosis/machine-facts.js';
import { topology } from '../../topology/topology.js';
import { interruptedError } from '../../traffic/session.js';
import type { ExecuteCell } from '../cell.js';
import type { Measurement } from '../measurement.js';
import { measureOnNetwork } from './measure-on-network.js';
import { withinCellTime } from './within-cell-time.js';

/** One run of one cell: a network of its own, built, measured on, and removed. */
export const executeCell: ExecuteCell = async ({ request }, signal) => {
  if (signal.aborted) throw interruptedError('client', signal.reason);
  const watch = new MachineWatch();
  const network = await topology(request.topologyKind, request.topologyOptions, { signal });
  let measured: Measurement;
  try {
    measured = await withinCellTime(request.configuration.settings, signal, (bounded) =>
      measureOnNetwork(network, request, watch, bounded),
    );
  } catch (error) {
    // Why the cell failed is worth more than what could not be removed after it.
    await network.close().catch(() => {});
    throw error;
  }
  await network.close();
  return measured;
};
