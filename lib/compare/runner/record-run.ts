import { VnetperfError } from '../../errors.js';
import type { ExecutableCell, ExecuteCell } from '../cell.js';
import type { PlannedRun } from '../plan/blocks.js';
import type { FailedRun, RunRecord } from '../result.js';
import { findNotFinite } from '../result-file/not-finite.js';

interface RunOptions {
  execute: ExecuteCell;
  signal: AbortSignal;
  /** Milliseconds since the epoch. */
  now(): number;
}

/** Runs a cell once. A failure is part of the record, whatever it is. */
export async function recordRun(
  cell: ExecutableCell,
  planned: PlannedRun,
  { execute, signal, now }: RunOptions,
): Promise<RunRecord> {
  const start = now();
  const base = () => ({ ...planned, startedAt: new Date(start).toISOString(), elapsedSeconds: (now() - start) / 1000 });
  try {
    const measurement = await execute(cell, signal);
    const elapsed = base();
    const place = findNotFinite(measurement);
    if (place === undefined) return { ...elapsed, outcome: 'measured', measurement };
    const message = `${cell.name} was measured, but ${place} is not a number`;
    return { ...elapsed, outcome: 'failed', failure: { code: 'ERR_MEASUREMENT', message } };
  } catch (error) {
    return { ...base(), outcome: 'failed', failure: failureOf(error) };
  }
}

function failureOf(error: unknown): FailedRun['failure'] {
  if (error instanceof VnetperfError) {
    const { code, message, remedy } = error;
    return { code, message, ...(remedy === undefined ? {} : { remedy }) };
  }
  const { code } = (error ?? {}) as { code?: unknown };
  return {
    code: typeof code === 'string' ? code : 'ERR_UNEXPECTED',
    message: error instanceof Error ? error.message : String(error),
  };
}
