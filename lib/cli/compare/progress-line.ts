import type { ComparisonProgress } from '../../compare/runner/progress.js';
import { durationWords } from '../../report/duration-words.js';
import { type Terminal, TerminalLine } from '../output/terminal-line.js';

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

/** One line on a terminal that says how far a comparison is; nothing at all where standard error is something else. */
export class ProgressLine {
  readonly #line: TerminalLine;
  readonly #now: () => number;
  #shown: Shown | undefined;
  #timer: NodeJS.Timeout | undefined;
  #ignoreResize = () => {};

  constructor(
    terminal: Terminal = process.stderr,
    environment: NodeJS.ProcessEnv = process.env,
    now: () => number = () => performance.now(),
  ) {
    this.#line = new TerminalLine(terminal, environment);
    this.#now = now;
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
    if (this.#shown !== undefined) this.#line.draw('');
  }

  close(): void {
    this.clear();
    clearInterval(this.#timer);
    this.#ignoreResize();
    this.#timer = undefined;
    this.#shown = undefined;
  }

  /** With the time that has passed. */
  redraw(): void {
    if (!this.#line.drawn || this.#shown === undefined) return;
    if (this.#timer === undefined) {
      this.#timer = setInterval(() => this.redraw(), REDRAW_MS).unref();
      this.#ignoreResize = this.#line.onResize(() => this.redraw());
    }
    const { done, total, name, secondsLeft, atMs } = this.#shown;
    const left = secondsLeft === undefined ? undefined : Math.max(0, secondsLeft - (this.#now() - atMs) / 1000);
    this.#line.draw(progressText(done, total, name, left, this.#line.width));
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
