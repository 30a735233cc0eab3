export interface LayoutColumn {
  title: string;
  /** Stands to the right. */
  numeric: boolean;
  /** Text, in the last column, that goes on below where it has no room. */
  wraps?: boolean | undefined;
}

const GAP = '   ';
/** Narrower than this, text is not wrapped beside figures but stands below them. */
const NARROWEST_TEXT = 24;
const INDENT = '  ';

/**
 * A table as lines. Text wraps to the width; figures never do: where they have no room beside the name, the first
 * column, that has a line of its own.
 * @param width undefined = as wide as it gets.
 */
export function tableLines(
  columns: readonly LayoutColumn[],
  rows: readonly (readonly string[])[],
  width: number = Number.POSITIVE_INFINITY,
): string[] {
  const layout = new Layout(columns, rows, width);
  return [...layout.titles(columns), ...rows.flatMap((row) => layout.lines(row))];
}

/** Words of a paragraph in lines of at most this width; a word that is longer has a line of its own. */
export function wrapped(text: string, width: number = Number.POSITIVE_INFINITY): string[] {
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
  readonly #columns: readonly LayoutColumn[];
  readonly #widths: readonly number[];
  readonly #width: number;
  /** The name has a line of its own. */
  readonly #folded: boolean;
  readonly #figuresWidth: number;
  /** Title of the text column, where the text stands in lines of its own. */
  readonly #below: string | undefined;

  constructor(columns: readonly LayoutColumn[], rows: readonly (readonly string[])[], width: number) {
    this.#columns = columns.filter(({ wraps }) => wraps !== true);
    this.#width = width;
    this.#widths = this.#columns.map(({ title }, index) =>
      Math.max(title.length, ...rows.map((row) => row[index]!.length)),
    );
    const sum = (widths: readonly number[]) => widths.reduce((total, next) => total + GAP.length + next, -GAP.length);
    this.#folded = sum(this.#widths) > width;
    this.#figuresWidth = this.#folded ? INDENT.length + sum(this.#widths.slice(1)) : sum(this.#widths);
    const text = columns.find(({ wraps }) => wraps === true);
    const longest = Math.max(0, ...rows.map((row) => (row[this.#columns.length] ?? '').length));
    const room = width - this.#figuresWidth - GAP.length;
    this.#below = room < Math.min(NARROWEST_TEXT, longest) ? text?.title : undefined;
  }

  /** The text's title stands with the text, where that is below. */
  titles(columns: readonly LayoutColumn[]): string[] {
    return this.lines(columns.map(({ title, wraps }) => (wraps && this.#below !== undefined ? '' : title)));
  }

  lines(row: readonly string[]): string[] {
    const figures = row.slice(0, this.#columns.length);
    const cells = figures.map((figure, index) => {
      const width = this.#widths[index]!;
      return this.#columns[index]!.numeric ? figure.padStart(width) : figure.padEnd(width);
    });
    const text = row[this.#columns.length] ?? '';
    if (!this.#folded) return this.#beside(cells.join(GAP), text);
    const [name = '', ...others] = cells;
    return [...(name.trim() === '' ? [] : [name.trimEnd()]), ...this.#beside(INDENT + others.join(GAP), text)];
  }

  #beside(figures: string, text: string): string[] {
    if (text === '') return [figures.trimEnd()];
    if (this.#below !== undefined) {
      const lines = wrapped(`${this.#below} ${text}`, Math.max(NARROWEST_TEXT, this.#width - 2 * INDENT.length));
      return [figures.trimEnd(), ...lines.map((line) => INDENT + INDENT + line)];
    }
    const [first = '', ...more] = wrapped(text, this.#width - this.#figuresWidth - GAP.length);
    const margin = ' '.repeat(this.#figuresWidth);
    return [figures + GAP + first, ...more.map((line) => margin + GAP + line)];
  }
}
