import type { Measurement } from '../measurement.js';
import type { Cell, ComparisonPlan, RunRecord } from '../result.js';
import { inOneLine } from './contrast-names.js';

const NAMED_CELLS = 3;
/** -C, --congestion, --linux-congestion, and what they may be shortened to. */
const CONGESTION_OPTION = /^(-C|--cong|--linux)/;

/**
 * Cells whose rate is first of all what a default congestion control paces, and what measures without it. Who asked for
 * one by name measures it on purpose, and is not told.
 */
export function pacedSentence({ cells: all }: ComparisonPlan, runs: readonly RunRecord[]): string[] {
  const cells = all.filter(({ role }) => role !== 'twin');
  const paced = cells.flatMap((cell) => {
    const algorithm = isChosen(cell) ? undefined : pacingOf(cell, runs);
    return algorithm === undefined ? [] : [{ name: inOneLine(cell.name), algorithm }];
  });
  if (paced.length === 0) return [];
  const named = paced.slice(0, NAMED_CELLS).map(({ name }) => name);
  const more = paced.length > named.length ? ` and ${paced.length - named.length} more` : '';
  const where = paced.length === cells.length ? 'every cell' : `${named.join(', ')}${more}`;
  return [
    `${paced[0]!.algorithm}, the default congestion control, set the pace of ${where}, below what the path may carry. ` +
      'To measure the path: -C cubic.',
  ];
}

function isChosen({ levels, command }: Cell): boolean {
  return levels.congestion !== undefined || command.some((word) => CONGESTION_OPTION.test(word));
}

/** What paced at least half of the cell's runs more than anything else limited them. */
function pacingOf({ id }: Cell, runs: readonly RunRecord[]): string | undefined {
  const measured = runs.flatMap((run) =>
    run.cell === id && run.block >= 0 && run.outcome === 'measured' ? [run.measurement] : [],
  );
  const paced = measured.filter(({ limits: [strongest] }) => strongest?.evidence.pacedStreams !== undefined);
  return paced.length * 2 >= measured.length ? paced.map(pacer).find((name) => name !== undefined) : undefined;
}

function pacer({ streams }: Measurement): string | undefined {
  return streams.find(({ paced }) => paced)?.congestion;
}
