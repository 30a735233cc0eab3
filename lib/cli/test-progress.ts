import type { Configuration } from '../configuration/configuration.js';
import type { Reporter } from '../report/reporter.js';
import type { SessionEvent } from '../traffic/events.js';
import { progressText } from './compare/progress-line.js';
import { type Terminal, TerminalLine } from './output/terminal-line.js';

const REDRAW_MS = 500;
/** Whoever waits less need not be told. */
const SHORTEST_SECONDS = 3;

/**
 * How far a test is, where it prints nothing until it ends (-J, --logfile): a line on a terminal's standard error that is
 * gone when the report comes; nothing on anything else.
 */
export class TestProgress {
  readonly #line: TerminalLine;
  readonly #silent: boolean;
  #timer: NodeJS.Timeout | undefined;
  #ignoreResize = () => {};

  constructor(
    { role, output }: Configuration,
    terminal: Terminal = process.stderr,
    environment: NodeJS.ProcessEnv = process.env,
  ) {
    this.#line = new TerminalLine(terminal, environment);
    this.#silent = role === 'client' && (output.mode === 'json' || output.logFilePath !== undefined);
  }

  beside(reporter: Reporter): Reporter {
    return {
      handle: (event) => {
        if (event.type === 'end' || event.type === 'error') this.close();
        reporter.handle(event);
        if (event.type === 'start') this.#start(event);
      },
      serverOutput: () => reporter.serverOutput(),
    };
  }

  close(): void {
    if (this.#timer === undefined) return;
    clearInterval(this.#timer);
    this.#ignoreResize();
    this.#timer = undefined;
    this.#line.draw('');
  }

  #start({ settings: { durationSeconds, omitSeconds, bytes, blocks } }: SessionEvent & { type: 'start' }): void {
    const total = durationSeconds + omitSeconds;
    const timed = bytes === 0 && blocks === 0 && durationSeconds > 0;
    if (!this.#silent || !this.#line.drawn || !timed || total < SHORTEST_SECONDS || this.#timer !== undefined) return;
    const begun = performance.now();
    const draw = () => {
      const done = Math.min(total, Math.floor((performance.now() - begun) / 1000));
      this.#line.draw(progressText(done, total, 'seconds', total - done, this.#line.width));
    };
    this.#timer = setInterval(draw, REDRAW_MS).unref();
    this.#ignoreResize = this.#line.onResize(draw);
    draw();
  }
}
