import type { GateOutcome } from '../../index.js';

/** Something is shown to be below its limit. */
const GATE_FAILED_STATUS = 3;
/** It is not shown to be below its limit, nor that it is not. */
const GATE_UNDECIDED_STATUS = 4;

/** What is shown to be below its limit counts more than what could not be measured beside it; a pass takes both. */
export function statusWithGate(status: number, gate: GateOutcome | undefined): number {
  if (gate === 'failed') return GATE_FAILED_STATUS;
  if (status !== 0 || gate !== 'undecided') return status;
  return GATE_UNDECIDED_STATUS;
}
