import type { Cell, ComparisonPlan } from '../result.js';

/** How two cells are told apart in a sentence, by what differs between them. */
export type ContrastNames =
  /** The same network, pinned and not. */
  | { kind: 'pinning'; context: string; subject: string; pinning: string; cell: string; baseline: string }
  /** The same network at two levels of one factor. */
  | { kind: 'levels'; context: string; subject: string; cell: string; baseline: string }
  /** Two networks or programs, or more than one difference. */
  | { kind: 'cells'; context: string; cell: string; baseline: string };

/** Names that are part of what a cell is called, not of the circumstances. */
const SUBJECT = ['topology', 'tool'];
const OWN_TOOL = 'vnetperf';

export function contrastNames({ factors }: Pick<ComparisonPlan, 'factors'>, cell: Cell, baseline: Cell): ContrastNames {
  const names = new Set([...Object.keys(cell.levels), ...Object.keys(baseline.levels)]);
  const differing = [...names].filter((name) => cell.levels[name] !== baseline.levels[name]);
  const [factor] = differing;
  const subject = subjectOf(cell);
  if (factor === undefined || differing.length > 1 || subject === undefined) {
    return { kind: 'cells', context: '', cell: inOneLine(cell.name), baseline: inOneLine(baseline.name) };
  }
  const context = contextOf(factors, cell, factor);
  if (SUBJECT.includes(factor)) {
    return { kind: 'cells', context, cell: subject, baseline: subjectOf(baseline) ?? inOneLine(baseline.name) };
  }
  const levels = { cell: `${factor}=${cell.levels[factor]}`, baseline: `${factor}=${baseline.levels[factor]}` };
  if (factor === 'pin' && baseline.levels.pin === 'off') {
    const isOnly = factors.some(({ name, levels: all }) => name === 'pin' && all.length === 2);
    const pinning = isOnly ? 'pinning' : `pinning (${levels.cell})`;
    return { kind: 'pinning', context, subject, pinning, ...levels };
  }
  return { kind: 'levels', context, subject, ...levels };
}

/** `bridge`, `iperf3 on bridge` */
function subjectOf({ levels: { topology, tool } }: Cell): string | undefined {
  return topology === undefined || tool === undefined || tool === OWN_TOOL ? topology : `${tool} on ${topology}`;
}

/** Levels that both cells have and others of the plan have not: `pinned`, `with streams=2 and length=8K`. */
function contextOf(factors: ComparisonPlan['factors'], { levels }: Cell, differing: string): string {
  const shared = factors.filter(
    ({ name, levels: all }) => name !== differing && !SUBJECT.includes(name) && all.length > 1 && name in levels,
  );
  const pin = shared.find(({ name, levels: all }) => name === 'pin' && all.length === 2 && all.includes('off'));
  const others = shared.filter((factor) => factor !== pin).map(({ name }) => `${name}=${levels[name]}`);
  return [
    ...(pin === undefined ? [] : [levels.pin === 'off' ? 'unpinned' : 'pinned']),
    ...(others.length === 0 ? [] : [`with ${others.join(' and ')}`]),
  ].join(' and ');
}

export function inOneLine(name: string): string {
  return name.replaceAll(/\s+/g, ' ');
}
