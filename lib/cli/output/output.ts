import { closeSync, openSync, writeSync } from 'node:fs';
import type { OutputConfiguration } from '../../configuration/configuration.js';
import { iperf3Error } from '../../iperf3-errors.js';
import { errnoOf } from '../../strerror.js';
import { timestampPrefix } from './line-prefix.js';

/** The part of a writable stream that is used; process.stdout and process.stderr have it. */
export interface TextStream {
  write(text: string): unknown;
  on(event: 'error', listener: (error: NodeJS.ErrnoException) => void): unknown;
}

export interface OutputOptions {
  stdout?: TextStream | undefined;
  stderr?: TextStream | undefined;
  now?: (() => Date) | undefined;
  /** Called once when standard output takes no more, as without a reader (EPIPE). Lines are dropped then in any case. */
  onReaderGone?: ((error: NodeJS.ErrnoException) => void) | undefined;
}

/**
 * Where a session's text goes: standard output and error, or both into --logfile; with --timestamps in front. Lines are
 * written at once, so there is nothing for --forceflush to do; iperf3 needs it because it collects them.
 *
 * A line is what a reporter prints in one go. It may hold several lines of text, which get one timestamp.
 */
export class Output {
  readonly #configuration: OutputConfiguration;
  readonly #stdout: TextStream;
  readonly #stderr: TextStream;
  readonly #now: () => Date;
  readonly #onReaderGone: (error: NodeJS.ErrnoException) => void;
  #log: number | undefined;
  #readerGone = false;

  /** @throws error 17 when the log file cannot be opened. */
  constructor(configuration: OutputConfiguration, options: OutputOptions = {}) {
    this.#configuration = configuration;
    this.#stdout = options.stdout ?? process.stdout;
    this.#stderr = options.stderr ?? process.stderr;
    this.#now = options.now ?? (() => new Date());
    this.#onReaderGone = options.onReaderGone ?? (() => {});
    // Without a listener Node would end the process with a stack trace on EPIPE. They stay on after close(), for the
    // error of a last write comes later than the write.
    this.#stdout.on('error', (error) => this.#loseReader(error));
    this.#stderr.on('error', () => {});
    this.reopen();
  }

  /** A line of the report. JSON carries no timestamps: they would end its being JSON. */
  readonly out = (line: string): void => {
    const text = this.#configuration.mode === 'text' ? this.#prefixed(line) : `${line}\n`;
    if (this.#log !== undefined) this.#append(text);
    else if (!this.#readerGone) this.#stdout.write(text);
  };

  /** An error. Belongs into the log, where there is one. */
  readonly err = (line: string): void => {
    const text = this.#prefixed(line);
    if (this.#log !== undefined) this.#append(text);
    else this.#stderr.write(text);
  };

  /** A warning is for whoever sits there now: standard error always, without a timestamp. */
  readonly warn = (line: string): void => {
    this.#stderr.write(`${line}\n`);
  };

  /** Nothing is held back. */
  readonly flush = (): void => {};

  /**
   * Opens the log again under its name, so that a rotated one is left alone. A server calls it before each test.
   *
   * @throws error 17; text then goes to standard output and error.
   */
  reopen(): void {
    this.#closeLog();
    const path = this.#configuration.logFilePath;
    if (path === undefined) return;
    try {
      this.#log = openSync(path, 'a');
    } catch (cause) {
      throw iperf3Error(17, {
        errno: errnoOf(cause),
        remedy: `Give --logfile a file that can be written: ${path} cannot.`,
        cause,
      });
    }
  }

  /** Closes the log. Standard output and error stay open. */
  close(): void {
    this.#closeLog();
  }

  #prefixed(line: string): string {
    const format = this.#configuration.timestampFormat;
    return `${format === undefined ? '' : timestampPrefix(format, this.#now())}${line}\n`;
  }

  /** A full disk must not end a measurement; the lines are lost, as they are to iperf3. */
  #append(text: string): void {
    try {
      writeSync(this.#log!, text);
    } catch {
      // Nowhere to say it either: standard error may be what the log stands in for.
    }
  }

  #closeLog(): void {
    if (this.#log !== undefined) closeSync(this.#log);
    this.#log = undefined;
  }

  #loseReader(error: NodeJS.ErrnoException): void {
    if (this.#readerGone) return;
    this.#readerGone = true;
    this.#onReaderGone(error);
  }
}
