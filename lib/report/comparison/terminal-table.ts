import { type Summarised, type SummaryColumn, type SummaryRow, summaryTable } from './summary-rows.js';

const GAP = '   ';
/** Narrower than this, text is not wrapped beside figures but stands below them. */
const NARROWEST_TEXT = 24;
const INDENT = '  ';

/**
 * The table of a comparison for a terminal. Text wraps to the width; figures never do, whatever the width.
 * @param width Of the terminal; undefined = as wide as it gets.
 */
export function terminalTable(result: Summarised, width: number | undefined): string[] {
  const { columns, rows, notes } = summaryTable(result);
  const figures = columns.filter(({ field }) => field !== 'limitedBy');
  const limited = columns.find(({ field }) => field === 'limitedBy');
  const layout = new Layout(figures, rows, width ?? Number.POSITIVE_INFINITY);
  return [
    ...layout.lines(titles(figures), limited?.title ?? ''),
    ...rows.flatMap((row) => layout.lines(texts(row, figures), row.texts.limitedBy)),
    ...(notes.length === 0 ? [] : ['', ...notes.flatMap((note) => wrapped(note, width ?? Number.POSITIVE_INFINITY))]),
  ];
}

/** Words of a paragraph in lines of at most this width; a word that is longer has a line of its own. */
export function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...lines, line];
}

class Layout {
  readonly #columns: readonly SummaryColumn[];
  readonly #widths: readonly number[];
  readonly #width: number;
  /** The name has a line of its own. */
  readonly #folded: boolean;
  readonly #figuresWidth: number;

  constructor(columns: readonly SummaryColumn[], rows: readonly SummaryRow[], width: number) {
    this.#columns = columns;
    this.#width = width;
    this.#widths = columns.map(({ field, title }) =>
      Math.max(title.length, ...rows.map((row) => row.texts[field].length)),
    );
    const sum = (widths: readonly number[]) => widths.reduce((total, next) => total + GAP.length + next, -GAP.length);
    this.#folded = sum(this.#widths) > width;
    this.#figuresWidth = this.#folded ? INDENT.length + sum(this.#widths.slice(1)) : sum(this.#widths);
  }

  lines(figures: readonly string[], text: string): string[] {
    const cells = figures.map((figure, index) => {
      const width = this.#widths[index]!;
      return this.#columns[index]!.numeric ? figure.padStart(width) : figure.padEnd(width);
    });
    if (!this.#folded) return this.#beside(cells.join(GAP), text);
    const [name = '', ...rest] = cells;
    return [...(name.trim() === '' ? [] : [name.trimEnd()]), ...this.#beside(INDENT + rest.join(GAP), text)];
  }

  #beside(figures: string, text: string): string[] {
    if (text === '') return [figures.trimEnd()];
    const room = this.#width - this.#figuresWidth - GAP.length;
    if (room < Math.min(NARROWEST_TEXT, text.length)) {
      const below = wrapped(text, Math.max(NARROWEST_TEXT, this.#width - 2 * INDENT.length));
      return [figures.trimEnd(), ...below.map((line) => INDENT + INDENT + line)];
    }
    const [first = '', ...more] = wrapped(text, room);
    const margin = ' '.repeat(this.#figuresWidth);
    return [figures + GAP + first, ...more.map((line) => margin + GAP + line)];
  }
}

function titles(columns: readonly SummaryColumn[]): string[] {
  return columns.map(({ title }) => title);
}

function texts(row: SummaryRow, columns: readonly SummaryColumn[]): string[] {
  return columns.map(({ field }) => row.texts[field]);
}
