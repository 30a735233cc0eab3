import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { CorePercent } from '../../lib/traffic/events.js';

const program = fileURLToPath(new URL('outside-proc-stat.mjs', import.meta.url));

interface Reading {
  /** CLOCK_MONOTONIC, which process.hrtime has too. */
  seconds: number;
  /** By core: user nice system idle iowait irq softirq steal, in ticks. */
  cores: number[][];
}

/**
 * /proc/stat as another process reads it, every two milliseconds. That process goes before all others (SCHED_FIFO): on
 * a machine whose cores are full it would else read when it is let, and not when it means to.
 */
export class OutsideProcStat {
  readonly #child: ChildProcess;
  readonly #finished: Promise<Reading[]>;

  private constructor(seconds: number) {
    const words = ['-f', '2', process.execPath, program, `${seconds}`];
    this.#child = spawn('chrt', words, { stdio: ['ignore', 'pipe', 'inherit'], timeout: (seconds + 10) * 1000 });
    let text = '';
    this.#child.stdout?.setEncoding('utf8').on('data', (part) => {
      text += part;
    });
    this.#finished = once(this.#child, 'close').then(() => parse(text));
    this.#finished.catch(() => {});
  }

  /** Resolves when it reads. */
  static async start(seconds: number): Promise<OutsideProcStat> {
    const outside = new OutsideProcStat(seconds);
    await once(outside.#child.stdout!, 'data');
    return outside;
  }

  /** When its time is over. */
  async readings(): Promise<ProcStatReadings> {
    return new ProcStatReadings(await this.#finished);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode === null) this.#child.kill('SIGKILL');
    await this.#finished.catch(() => {});
  }
}

export class ProcStatReadings {
  readonly #readings: Reading[];

  constructor(readings: Reading[]) {
    this.#readings = readings;
  }

  /** What each core did between two times. */
  percents(from: number, to: number): CorePercent[] {
    const [start, end] = [this.#at(from), this.#at(to)];
    return end.map((ticks, core) => {
      const [user = 0, nice = 0, system = 0, idle = 0, iowait = 0, irq = 0, softirq = 0, steal = 0] = ticks.map(
        (count, kind) => count - start[core]![kind]!,
      );
      const total = user + nice + system + idle + iowait + irq + softirq + steal;
      const percent = (part: number) => (100 * part) / total;
      return {
        core,
        user: percent(user + nice),
        system: percent(system),
        irq: percent(irq),
        softirq: percent(softirq),
        steal: percent(steal),
        idle: percent(idle + iowait),
      };
    });
  }

  /** Between the two readings next to a time, in proportion. */
  #at(seconds: number): number[][] {
    const next = this.#readings.findIndex((reading) => reading.seconds >= seconds);
    const [before, after] = [this.#readings[next - 1], this.#readings[next]];
    if (before === undefined || after === undefined) throw new Error(`/proc/stat was not read around ${seconds} s`);
    const share = (seconds - before.seconds) / (after.seconds - before.seconds);
    return after.cores.map((ticks, core) =>
      ticks.map((count, kind) => before.cores[core]![kind]! + share * (count - before.cores[core]![kind]!)),
    );
  }
}

function parse(text: string): Reading[] {
  const readings = JSON.parse(text.slice(text.indexOf('\n'))) as [string, number[][]][];
  return readings.map(([nanoseconds, cores]) => ({ seconds: Number(nanoseconds) / 1e9, cores }));
}
