import type { BuildProgress } from '../topology/build-watch.js';
import { type Terminal, TerminalLine } from './output/terminal-line.js';
import { programName } from './usage-error.js';

/** What is over sooner would only flicker. */
const FIRST_DRAWN_MS = 250;
const REDRAW_MS = 1_000;
/** In a log, only what takes longer than is to be expected of anything. */
const FIRST_SAID_MS = 2_000;

/**
 * Says on standard error what a network is waiting for while it is being built: one line that comes and goes on a
 * terminal, elsewhere a line for every long wait.
 */
export class StartUpLine {
  readonly #terminal: Terminal;
  readonly #line: TerminalLine;
  readonly #now: () => number;
  #timer: NodeJS.Timeout | undefined;
  #visible = false;

  constructor(
    terminal: Terminal = process.stderr,
    environment: NodeJS.ProcessEnv = process.env,
    now: () => number = () => performance.now(),
  ) {
    this.#terminal = terminal;
    this.#line = new TerminalLine(terminal, environment);
    this.#now = now;
  }

  readonly handle = (event: BuildProgress): void => {
    this.close();
    if (event.type !== 'wait-started') return;
    const { what, timeoutMs } = event;
    const limit = Math.ceil(timeoutMs / 1_000);
    const start = this.#now();
    const draw = () => {
      const seconds = Math.floor((this.#now() - start) / 1_000);
      this.#line.draw(waitingText(what, seconds, limit).slice(0, this.#line.width));
      this.#visible = true;
      this.#timer = setTimeout(draw, REDRAW_MS);
    };
    const say = () => this.#terminal.write(`${programName}: waiting for ${what}, up to ${limit} s\n`);
    this.#timer = this.#line.drawn ? setTimeout(draw, FIRST_DRAWN_MS) : setTimeout(say, FIRST_SAID_MS);
  };

  /** Leaves nothing on the terminal. */
  close(): void {
    clearTimeout(this.#timer);
    if (this.#visible) this.#line.draw('');
    this.#visible = false;
  }
}

function waitingText(what: string, seconds: number, limit: number): string {
  return `waiting for ${what}: ${seconds} s of ${limit} s`;
}
