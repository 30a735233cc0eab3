import type { ComparisonProgress } from '../../compare/runner/progress.js';
import { durationWords } from '../../report/duration-words.js';

/** The part of process.stderr that is used. */
export interface Terminal {
  isTTY?: boolean | undefined;
  columns?: number | undefined;
  write(text: string): unknown;
}

interface Shown {
  done: number;
  total: number;
  name: string;
  secondsLeft: number | undefined;
  /** When that was said. */
  atMs: number;
}

const REDRAW_MS = 1000;
const WIDEST_BAR = 40;
const NARROWEST_BAR = 8;
/** Of a terminal that does not tell. */
const USUAL_COLUMNS = 80;
/** Erases from the cursor to the end of the line (ECMA-48, EL). No colours, so NO_COLOR has nothing to forbid. */
const ERASE = '\u001b[K';

/** One line on a terminal that says how far a comparison is; nothing at all where standard error is something else. */
export class ProgressLine {
  readonly #terminal: Terminal;
  readonly #now: () => number;
  readonly #drawn: boolean;
  #shown: Shown | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(
    terminal: Terminal = process.stderr,
    environment: NodeJS.ProcessEnv = process.env,
    now: () => number = () => performance.now(),
  ) {
    this.#terminal = terminal;
    this.#now = now;
    this.#drawn = terminal.isTTY === true && environment.TERM !== 'dumb';
  }

  handle(event: ComparisonProgress): void {
    if (event.type === 'run-started') {
      const { index, total, secondsLeft, cell } = event;
      this.#shown = { done: index - 1, total, secondsLeft, name: cell.name, atMs: this.#now() };
      this.redraw();
    }
    if (event.type === 'run-ended' && this.#shown !== undefined) {
      const { index, total, secondsLeft } = event;
      this.#shown = { ...this.#shown, done: index, total, secondsLeft, atMs: this.#now() };
      this.redraw();
    }
    if (event.type === 'ended') this.close();
  }

  /** Something is printed in between. */
  clear(): void {
    if (this.#drawn && this.#shown !== undefined) this.#terminal.write(`\r${ERASE}`);
  }

  close(): void {
    this.clear();
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#shown = undefined;
  }

  /** With the time that has passed. */
  redraw(): void {
    if (!this.#drawn || this.#shown === undefined) return;
    this.#timer ??= setInterval(() => this.redraw(), REDRAW_MS).unref();
    const { done, total, name, secondsLeft, atMs } = this.#shown;
    const left = secondsLeft === undefined ? undefined : Math.max(0, secondsLeft - (this.#now() - atMs) / 1000);
    // A line that fills the last column wraps on some terminals.
    const width = (this.#terminal.columns ?? USUAL_COLUMNS) - 1;
    this.#terminal.write(`\r${progressText(done, total, name, left, width)}${ERASE}`);
  }
}

/** `[=====>      ] 29/55  docker-bridge pin=auto   62 s left`, in at most so many columns. */
export function progressText(
  done: number,
  total: number,
  name: string,
  secondsLeft: number | undefined,
  width: number,
): string {
  const left = secondsLeft === undefined ? '' : `   ${durationWords(secondsLeft)} left`;
  const count = `${`${done}`.padStart(`${total}`.length)}/${total}`;
  const tail = `${count}  ${name}${left}`;
  const room = Math.min(WIDEST_BAR, width - tail.length - 3);
  if (room >= NARROWEST_BAR) return `${bar(done / Math.max(1, total), room)} ${tail}`;
  if (tail.length <= width) return tail;
  const short = `${count}${left}`;
  return short.length <= width ? short : count.slice(0, Math.max(0, width));
}

function bar(share: number, width: number): string {
  const filled = Math.round(Math.min(1, share) * (width - 1));
  return `[${'='.repeat(filled)}>${' '.repeat(width - 1 - filled)}]`;
}
