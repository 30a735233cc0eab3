import type { CarrierFacts, CarrierIdentity } from '../traffic/events.js';
import { SATURATED_PERCENT } from './core-table.js';

/** Open vSwitch's names for threads that poll their ports without rest: they are always at 100 %, whatever comes. */
const POLLING_THREAD = /^pmd-/;

/** A name for each: the process id goes along where a name stands for several. */
export function carrierLabels(carriers: readonly CarrierIdentity[]): string[] {
  return carriers.map(({ name, pid }) =>
    carriers.some((other) => other.name === name && other.pid !== pid) ? `${name}[${pid}]` : name,
  );
}

/** `via ovs-vswitchd  98 % of a core   <- limits this run`, a line for each. */
export function carrierLines(carriers: readonly CarrierFacts[]): string[] {
  const labels = carrierLabels(carriers);
  const width = Math.max(0, ...labels.map(({ length }) => length));
  return carriers.map((carrier, index) => `via ${labels[index]!.padEnd(width)}  ${figures(carrier)}`);
}

function figures({ cpuPercent, busiestThread }: CarrierFacts): string {
  if (cpuPercent === undefined) return 'ended during the run, or cannot be seen from here';
  const total = `${cpuPercent.toFixed(0)} % of a core`;
  if (busiestThread === undefined) return total;
  const { name, cpuPercent: thread } = busiestThread;
  if (POLLING_THREAD.test(name)) return `${total}; its thread ${name} polls, busy or not`;
  // One thread cannot have more than one core, however many are idle.
  const mark = thread >= SATURATED_PERCENT ? '   <- limits this run' : '';
  const part = cpuPercent - thread < 1 ? '' : `, thread ${name} ${thread.toFixed(0)} %`;
  return `${total}${part}${mark}`;
}
