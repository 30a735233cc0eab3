import type { Contrast, Verdict } from '../../compare/analysis.js';
import { type Content, element } from './markup.js';
import { shareText } from './quantities.js';
import type { ReportSection } from './section.js';
import { isSuite, suiteTables } from './suite-table.js';
import { summaryTable } from './summary-rows.js';
import { type TableColumn, table } from './table.js';

/** The table that the terminal shows, in the same words. */
export function summaryPart(section: ReportSection): Content {
  const { columns, rows } = summaryTable(section);
  const suite = isSuite(section) ? suiteTables(section) : [];
  return [
    suite.map((one) => table(one.caption, one.columns.map(titled), one.rows, 'summary')),
    table(
      'Median of the runs of each cell',
      columns.map(({ field, title, numeric }) => titled({ title: TITLES[field] ?? title, numeric })),
      rows.map(({ texts, limits, failure }) =>
        columns.map(({ field }) => {
          if (field === 'median' && failure !== undefined) return element('span', { class: 'failure' }, texts[field]);
          if (field === 'limitedBy') return limits.map((limit, index) => [index === 0 ? '' : element('br', {}), limit]);
          return texts[field];
        }),
      ),
      columns.length > ROOMY_COLUMNS ? 'summary dense' : 'summary',
    ),
  ];
}

/** More do not fit beside each other in the size of the rest. */
const ROOMY_COLUMNS = 9;

/** A page has letters that a terminal may lack. */
function titled({ title, numeric }: TableColumn): TableColumn {
  return { title: title.replaceAll(' %', '\u00a0%').replace(/ us$/, ' µs'), numeric };
}

/** Where a terminal's column is too narrow for the whole word. */
const TITLES: Readonly<Record<string, string>> = {
  name: 'cell',
  ratioInterval: 'ratio, 95 % interval',
  idleRoundTrip: 'round trip idle µs',
  loadedRoundTrip: 'under load µs',
};

/** Every difference that the plan asked about, with what the verdict rests on. */
export function differencesPart({ plan, analysis, written }: ReportSection): Content {
  if (written === undefined || analysis.contrasts.length === 0) return undefined;
  const name = (id: string) => plan.cells.find((cell) => cell.id === id)?.name ?? id;
  const rows = analysis.contrasts.map((contrast) => [
    name(contrast.cell),
    name(contrast.baseline),
    element('span', { class: contrast.verdict }, VERDICTS[contrast.verdict]),
    contrast.ratio?.toFixed(3) ?? '',
    contrast.interval?.map((bound) => bound.toFixed(3)).join(' - ') ?? '',
    probability(contrast),
    `${contrast.pairs}`,
  ]);
  const noise = analysis.noise;
  return [
    table('Each from the blocks in which both were measured', DIFFERENCE_COLUMNS, rows),
    noise === undefined
      ? undefined
      : element(
          'p',
          { class: 'faint' },
          `p is after Holm, over all differences of the plan. The baseline against itself: ${noise.ratio.toFixed(3)}${noise.interval === undefined ? '' : ` (${noise.interval[0].toFixed(3)} to ${noise.interval[1].toFixed(3)})`}. No difference below ${shareText(noise.smallestDifference)} is called one.`,
        ),
  ];
}

const DIFFERENCE_COLUMNS: readonly TableColumn[] = [
  { title: 'cell' },
  { title: 'against' },
  { title: 'verdict' },
  { title: 'ratio', numeric: true },
  { title: '95 % interval', numeric: true },
  { title: 'p', numeric: true },
  { title: 'blocks', numeric: true },
];

/** A sign beside the word, for colour alone tells nothing to some. */
const VERDICTS: Readonly<Record<Verdict, string>> = {
  faster: '▲ faster',
  slower: '▼ slower',
  'no-difference': '= no difference shown',
  'too-few-runs': '? too few runs',
};

function probability({ adjustedPValue }: Contrast): string {
  if (adjustedPValue === undefined) return '';
  return adjustedPValue < 0.001 ? '< 0.001' : adjustedPValue.toFixed(3);
}
