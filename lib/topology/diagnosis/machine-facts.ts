import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { busyPercent, type CoreTicks, ownSeconds, readCoreTicks } from '../../platform/core-ticks.js';
import { allowedCores } from '../../platform/cores.js';
import { type BusyThread, busyThreads } from './busy-threads.js';

/** What this machine is and does before a test, whatever the network. */
export interface MachineFacts {
  /** undefined: the kernel does not show it here. */
  receiveBufferMaxBytes: number | undefined;
  congestion: string | undefined;
  availableCongestion: string[];
  /** By core; empty where the machine does not scale its frequencies itself. */
  governors: ReadonlyMap<number, string>;
  /** Cores that this process may use. */
  allowedCores: number[];
  /** Whether sockets of ours may have larger buffers than the sysctls say (CAP_NET_ADMIN). */
  mayExceedBufferMax: boolean;
  /** Share of each core's time that went to something else than this process and what it started. */
  busyCores: { core: number; percent: number }[];
  /** Empty where no core is busy. */
  busyThreads: BusyThread[];
}

const WINDOW_MS = 100;
/** Of one core. Less is noise of the kernel's accounting and of a machine's ordinary life. */
const NOTEWORTHY_PERCENT = 50;
const CAP_NET_ADMIN = 12n;

/**
 * Looks at the machine while a network is built and tried, and then for a moment alone: what was busy meanwhile may
 * have been our own doing, and only then does it matter who it is.
 */
export class MachineWatch {
  readonly #start = performance.now();
  readonly #ticks = readCoreTicks();
  readonly #ownSeconds = ownSeconds();

  /**
   * Call it with the network standing and nothing under way. Returns at once on a quiet machine when a tenth of a
   * second has gone by since the beginning, and takes a sixth of one where cores are busy.
   */
  async finish(): Promise<MachineFacts> {
    await sleep(Math.max(0, this.#start + WINDOW_MS - performance.now()));
    const cores = allowedCores();
    const seconds = (performance.now() - this.#start) / 1000;
    const used = busyPercent(this.#ticks, readCoreTicks()).reduce((sum, { percent }) => sum + percent, 0);
    // Ours cannot be told from the others' core by core, only in the sum.
    const others = used - (100 * (ownSeconds() - this.#ownSeconds)) / seconds;
    const quiet = { busyCores: [], busyThreads: [] };
    return {
      receiveBufferMaxBytes: numberIn('/proc/sys/net/core/rmem_max'),
      congestion: textIn('/proc/sys/net/ipv4/tcp_congestion_control'),
      availableCongestion: textIn('/proc/sys/net/ipv4/tcp_available_congestion_control')?.split(/\s+/) ?? [],
      governors: readGovernors(),
      allowedCores: cores,
      mayExceedBufferMax: hasNetAdmin(),
      ...(others < NOTEWORTHY_PERCENT ? quiet : await whoIsBusy(cores)),
    };
  }
}

async function whoIsBusy(allowed: readonly number[]): Promise<Pick<MachineFacts, 'busyCores' | 'busyThreads'>> {
  const before: CoreTicks[] = readCoreTicks();
  const threads = await busyThreads(WINDOW_MS);
  const busyCores = busyPercent(before, readCoreTicks()).filter(
    ({ core, percent }) => allowed.includes(core) && percent >= NOTEWORTHY_PERCENT,
  );
  return { busyCores, busyThreads: threads };
}

function readGovernors(): Map<number, string> {
  const root = '/sys/devices/system/cpu';
  const governors = new Map<number, string>();
  for (const name of namesIn(root)) {
    const core = /^cpu(\d+)$/.exec(name)?.[1];
    const governor = core === undefined ? undefined : textIn(`${root}/${name}/cpufreq/scaling_governor`);
    if (governor !== undefined) governors.set(Number(core), governor);
  }
  return governors;
}

function hasNetAdmin(): boolean {
  const mask = /^CapEff:\s*([0-9a-f]+)$/m.exec(textIn('/proc/self/status') ?? '')?.[1];
  return mask !== undefined && ((BigInt(`0x${mask}`) >> CAP_NET_ADMIN) & 1n) === 1n;
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

function numberIn(path: string): number | undefined {
  const text = textIn(path);
  return text === undefined ? undefined : Number(text);
}

function textIn(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return undefined;
  }
}
