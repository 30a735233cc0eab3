import { plannedBlocks } from '../../compare/plan/blocks.js';
import type { ComparisonSpecification } from '../../compare/runner/run-comparison.js';
import { durationWords } from '../../report/duration-words.js';
import { quoted } from '../../topology/shell-words.js';

/** `seed 4821  11 blocks x 5 cells (A/A: bridge pin=off twice)  2 s each  at least 1 min 50 s` */
export function planLine(specification: ComparisonSpecification): string {
  const { seed, cells, blocks, warmUpBlocks, precision, timeLimitSeconds, secondsPerRun } = specification;
  const all = warmUpBlocks + blocks;
  const nominal = secondsPerRun * cells.length * all;
  const seconds = Math.min(nominal, timeLimitSeconds ?? Number.POSITIVE_INFINITY);
  const most = precision !== undefined || nominal > seconds;
  return [
    `seed ${seed}`,
    `${most ? 'up to ' : ''}${all} blocks x ${cells.length} cells (A/A: ${cells[0]!.name} twice)`,
    ...(secondsPerRun === 0
      ? []
      : [`${secondsPerRun} s each`, `${most ? 'up to' : 'at least'} ${durationWords(seconds)}`]),
  ].join('  ');
}

/** What --dry-run prints. */
export function planText(specification: ComparisonSpecification): string {
  const { cells, contrasts, remarks = [] } = specification;
  const nameOf = new Map(cells.map(({ id, name }) => [id, name]));
  const width = Math.max(...cells.map(({ id }) => id.length));
  const lines = cells.flatMap(({ id, name, command, remarks: why }) => [
    `  ${id.padEnd(width)}  ${name}`,
    `  ${''.padEnd(width)}    ${command.map(quoted).join(' ')}`,
    ...why.map((remark) => `  ${''.padEnd(width)}    ${remark}`),
  ]);
  const blocks = plannedBlocks(specification).map((block) => {
    const number = block[0]!.block;
    return `  ${(number < 0 ? 'warm-up' : `${number + 1}`).padStart(7)}  ${block.map(({ cell }) => cell).join(' ')}`;
  });
  return [
    planLine(specification),
    '',
    'cells:',
    ...lines,
    ...remarks,
    '',
    'held against each other:',
    ...contrasts.map(({ cell, baseline }) => `  ${nameOf.get(cell)} against ${nameOf.get(baseline)}`),
    '',
    'order of the blocks:',
    ...blocks,
  ].join('\n');
}
