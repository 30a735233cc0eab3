import { basename } from 'node:path';
import type { Cell, ComparisonPlan, ComparisonResult, MeasuredRun } from '../result.js';
import { analyse } from '../verdict/analyse.js';
import type { MeasuredTest } from './measured-file.js';

/** What tests that were run one by one come to beside each other. Nothing is held against anything: no order was drawn. */
export function testsAsCells(
  tests: readonly (MeasuredTest & { path: string })[],
): Pick<ComparisonResult, 'plan' | 'runs'> & Required<Pick<ComparisonResult, 'analysis'>> {
  const cells: Cell[] = [];
  const byKey = new Map<string, Cell>();
  const runs: MeasuredRun[] = [];
  for (const { path, title, startedAt, measurement } of tests) {
    // The same title says that it is the same test again; without one a file stands for itself.
    const key = title === undefined ? `file ${path}` : `title ${title}`;
    let cell = byKey.get(key);
    if (cell === undefined) {
      const name = uniqueName(title ?? basename(path, '.json'), cells);
      cell = { id: `c${cells.length + 1}`, name, role: 'cell', levels: {}, command: [], remarks: [] };
      cells.push(cell);
      byKey.set(key, cell);
    }
    const block = runs.filter((run) => run.cell === cell.id).length;
    const elapsedSeconds = measurement.durationSeconds;
    runs.push({ cell: cell.id, block, position: 0, startedAt, elapsedSeconds, outcome: 'measured', measurement });
  }
  const blocks = Math.max(0, ...runs.map(({ block }) => block + 1));
  const plan: ComparisonPlan = {
    seed: 0,
    cells,
    factors: [],
    contrasts: [],
    warmUpBlocks: 0,
    blocks,
    secondsPerRun: 0,
  };
  return { plan, runs, analysis: { ...analyse(plan, runs), sentences: [] } };
}

function uniqueName(wanted: string, cells: readonly Cell[]): string {
  const taken = new Set(cells.map(({ name }) => name));
  let name = wanted;
  for (let number = 2; taken.has(name); number++) name = `${wanted} (${number})`;
  return name;
}
