import type { ProcessSeconds, RunSnapshot } from '../platform/native.js';
import type { CarrierFacts, CarrierIdentity, CarrierPercent } from './events.js';

/** CPU times of the carriers, in their order, and when they were read. */
export type ProcessReading = Pick<RunSnapshot, 'processes' | 'readSeconds'>;

type Instant = Pick<RunSnapshot, 'readSeconds'>;

/** CPU time over the time between two readings, 100 = one core. undefined: no time lies between them. */
export function percentOfCore(seconds: number, from: Instant, to: Instant): number | undefined {
  const elapsed = to.readSeconds - from.readSeconds;
  return elapsed > 0 ? (100 * Math.max(0, seconds)) / elapsed : undefined;
}

/** What each carrier used between two snapshots. One that has ended meanwhile is named without a figure. */
export function carrierPercents(
  carriers: readonly CarrierIdentity[],
  from: ProcessReading,
  to: ProcessReading,
): CarrierPercent[] {
  return carriers.map(({ name, pid, host }, index) => {
    const identity = host === undefined ? { name, pid } : { name, pid, host };
    const before = from.processes[index];
    const after = to.processes[index];
    const cpuPercent = before && after ? percentOfCore(after.cpuSeconds - before.cpuSeconds, from, to) : undefined;
    return cpuPercent === undefined ? identity : { ...identity, cpuPercent };
  });
}

/** The same over the measured time, with the busiest thread: one that has no time left is a limit of its own. */
export function carrierFacts(
  carriers: readonly CarrierIdentity[],
  from: ProcessReading,
  to: ProcessReading,
): CarrierFacts[] {
  return carrierPercents(carriers, from, to).map((carrier, index) => {
    const busiest = busiestThread(from.processes[index], to.processes[index]);
    const cpuPercent = busiest && percentOfCore(busiest.cpuSeconds, from, to);
    return cpuPercent === undefined ? carrier : { ...carrier, busiestThread: { name: busiest!.name, cpuPercent } };
  });
}

type Thread = ProcessSeconds['threads'][number];

function busiestThread(
  before: ProcessSeconds | null | undefined,
  after: ProcessSeconds | null | undefined,
): Thread | undefined {
  const start = new Map(before?.threads.map(({ id, cpuSeconds }) => [id, cpuSeconds]));
  return after?.threads
    .map((thread) => ({ ...thread, cpuSeconds: thread.cpuSeconds - (start.get(thread.id) ?? 0) }))
    .reduce<Thread | undefined>(
      (most, thread) => (most && most.cpuSeconds >= thread.cpuSeconds ? most : thread),
      undefined,
    );
}
