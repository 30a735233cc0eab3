import type { Interval } from '../../compare/analysis.js';
import type { ComparisonResult } from '../../compare/result.js';
import { analyse } from '../../compare/verdict/analyse.js';
import { inOneLine } from '../../compare/verdict/contrast-names.js';
import type { ComparisonGate } from '../../gate/comparison-gate.js';
import type { MetricFamily, MetricSample } from './exposition.js';

/** The figures of a comparison: a sample a cell, and one a contrast. */
export function comparisonMetrics(result: ComparisonResult, gate?: ComparisonGate): MetricFamily[] {
  const { plan, runs, version, state, createdAt } = result;
  const { cells, contrasts, noise } = result.analysis ?? analyse(plan, runs);
  const nameOf = new Map(plan.cells.map(({ id, name }) => [id, inOneLine(name)]));
  const ofCells = (name: string, help: string, value: (cell: (typeof cells)[number]) => number | undefined) =>
    family(
      name,
      help,
      cells.map((cell) => ({ labels: { cell: nameOf.get(cell.cell) }, value: value(cell) })),
    );
  const pairLabels = ({ cell, baseline }: { cell: string; baseline: string }) => ({
    cell: nameOf.get(cell),
    baseline: nameOf.get(baseline),
  });
  const ofContrasts = (
    name: string,
    help: string,
    value: (contrast: (typeof contrasts)[number]) => number | undefined,
  ) =>
    family(
      name,
      help,
      contrasts.map((contrast) => ({ labels: pairLabels(contrast), value: value(contrast) })),
    );
  return [
    family('comparison_info', 'What compared, and how it ended; the value is always 1.', [
      { labels: { version, state, seed: `${plan.seed}` }, value: 1 },
    ]),
    family('comparison_start_timestamp_seconds', 'When the comparison began, seconds since 1970.', [
      { labels: {}, value: Date.parse(createdAt) / 1000 },
    ]),
    ...(['measured', 'failed'] as const).map((outcome) =>
      ofCells(
        `comparison_runs_${outcome}`,
        `Runs of a cell that ${outcome === 'failed' ? 'failed' : 'count'}.`,
        (cell) => cell[outcome],
      ),
    ),
    ofCells(
      'comparison_throughput_bytes_per_second',
      'Median of the runs of a cell; times 8 it is bits per second.',
      ({ medianBitsPerSecond }) => bytes(medianBitsPerSecond),
    ),
    ...ENDS.map(([end, index]) =>
      ofCells(
        `comparison_throughput_${end}_bytes_per_second`,
        `The ${end} end of the 95 % interval of that median.`,
        ({ medianInterval }) => bytes(medianInterval?.[index]),
      ),
    ),
    ofCells(
      'comparison_spread_ratio',
      'Interquartile range of the runs of a cell over their median.',
      ({ spread }) => spread,
    ),
    ofContrasts('comparison_ratio', 'Rate of a cell over that of its baseline.', ({ ratio }) => ratio),
    ...ENDS.map(([end, index]) =>
      ofContrasts(
        `comparison_${end}_ratio`,
        `The ${end} end of the 95 % interval of that ratio.`,
        ({ interval }) => interval?.[index],
      ),
    ),
    ofContrasts(
      'comparison_adjusted_p_value',
      'Of the difference, for all contrasts together (Holm): 0.04 or less is one.',
      ({ adjustedPValue }) => adjustedPValue,
    ),
    family('comparison_noise_ratio', 'By how much the baseline differed from itself.', [
      { labels: {}, value: noise?.smallestDifference },
    ]),
    family(
      'gate_limit_ratio',
      'What a cell has to reach of its baseline (--fail-below).',
      (gate?.contrasts ?? []).map((contrast) => ({ labels: pairLabels(contrast), value: contrast.limit })),
    ),
    ...(['passed', 'failed'] as const).map((outcome) =>
      family(
        `gate_${outcome}`,
        `Whether it is shown that a cell ${outcome === 'passed' ? 'reaches' : 'is below'} its limit: 1, or 0.`,
        (gate?.contrasts ?? []).map((contrast) => ({
          labels: pairLabels(contrast),
          value: contrast.outcome === outcome ? 1 : 0,
        })),
      ),
    ),
  ];
}

const ENDS = [
  ['lower', 0],
  ['upper', 1],
] as const satisfies readonly [string, keyof Interval][];

function family(name: string, help: string, samples: MetricSample[]): MetricFamily {
  return { name, help, type: 'gauge', samples };
}

function bytes(bitsPerSecond: number | undefined): number | undefined {
  return bitsPerSecond === undefined ? undefined : bitsPerSecond / 8;
}
