/** The part of process.stderr that is used. */
export interface Terminal {
  isTTY?: boolean | undefined;
  columns?: number | undefined;
  write(text: string): unknown;
  on?(event: 'resize', listener: () => void): unknown;
  off?(event: 'resize', listener: () => void): unknown;
}

/** Of a terminal that does not tell, or tells 0. */
const USUAL_COLUMNS = 80;
/** Erases from the cursor to the end of the line (ECMA-48, EL). No colours, so NO_COLOR has nothing to forbid. */
const ERASE = '\u001b[K';

/** A line that is rewritten in its place, where the terminal can do that. */
export class TerminalLine {
  readonly #terminal: Terminal;
  readonly drawn: boolean;

  constructor(terminal: Terminal, environment: NodeJS.ProcessEnv) {
    this.#terminal = terminal;
    this.drawn = terminal.isTTY === true && environment.TERM !== 'dumb';
  }

  /** Of a text: one that fills the last column wraps on some terminals. */
  get width(): number {
    return (this.#terminal.columns || USUAL_COLUMNS) - 1;
  }

  /** @param redraw Called when the terminal has another width. @returns what ends that. */
  onResize(redraw: () => void): () => void {
    this.#terminal.on?.('resize', redraw);
    return () => void this.#terminal.off?.('resize', redraw);
  }

  draw(text: string): void {
    if (this.drawn) this.#terminal.write(`\r${text}${ERASE}`);
  }
}
