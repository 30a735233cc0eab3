import { SATURATED_PERCENT } from './core-shares.js';
import type { CarrierFacts, CarrierIdentity } from './events.js';

/** Open vSwitch's names for threads that poll their ports without rest: they are always at 100 %, whatever comes. */
const POLLING_THREAD = /^pmd-/;

export function isPolling(threadName: string): boolean {
  return POLLING_THREAD.test(threadName);
}

/** One thread cannot have more than one core, however many are idle: it is the limit when it has no time left. */
export function hasSaturatedThread({ busiestThread }: CarrierFacts): boolean {
  return busiestThread !== undefined && !isPolling(busiestThread.name) && busiestThread.cpuPercent >= SATURATED_PERCENT;
}

/** A name for each: its host, or else the process id, goes along where a name stands for several. */
export function carrierLabels(carriers: readonly CarrierIdentity[]): string[] {
  return carriers.map(({ name, pid, host }) => {
    const alike = carriers.filter((other) => other.name === name && other.pid !== pid);
    if (alike.length === 0) return name;
    const isOnlyOne = host !== undefined && alike.every((other) => other.host !== undefined && other.host !== host);
    return isOnlyOne ? `${name} (${host}'s host)` : `${name}[${pid}]`;
  });
}
