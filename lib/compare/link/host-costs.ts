import type { PlannedLink } from '../../topology/plan.js';
import type { HostCost, LinkMeasurement } from '../link-measurement.js';
import type { Measurement } from '../measurement.js';

const GIGABYTE = 1e9;
/** Less says more about how a test begins than about how it moves bytes. */
const LEAST_BYTES = 1e6;

type Measured = Pick<Measurement, 'durationSeconds' | 'directions' | 'streams' | 'cores' | 'carriers'>;
type End = 'client' | 'server';

/**
 * CPU time of either host for a gigabyte that arrived: its end's threads, and the softirq of its cores; of both hosts
 * together also their switches and proxies. Those run on whatever core has time for them: where there are any, as where a
 * core is both hosts' or nobody's, what either host took is not known.
 */
export function hostCosts(
  measured: Measured,
  omitSeconds: number,
  hostCores: PlannedLink['hostCores'],
): Pick<LinkMeasurement, 'hosts' | 'machine'> {
  const { cores, directions, durationSeconds, carriers } = measured;
  const gigabytes = directions.reduce((sum, { receivedBytes }) => sum + receivedBytes, 0) / GIGABYTE;
  if (gigabytes * GIGABYTE < LEAST_BYTES || cores.length === 0 || durationSeconds <= 0) return {};
  const costOf = (ends: readonly End[], own?: readonly number[]): HostCost | undefined => {
    const parts = secondsOf(measured, omitSeconds, ends, own);
    if (parts === undefined) return undefined;
    const { processes, softirq, carried } = parts;
    return {
      cpuSecondsPerGigabyte: (processes + softirq) / gigabytes,
      softirqSecondsPerGigabyte: softirq / gigabytes,
      ...(carried === undefined ? {} : { carrierSecondsPerGigabyte: carried / gigabytes }),
    };
  };
  const machine = costOf(['client', 'server']);
  const isTold = hostCores !== undefined && carriers.length === 0;
  const client = isTold ? costOf(['client'], hostCores.client) : undefined;
  const server = isTold ? costOf(['server'], hostCores.server) : undefined;
  return {
    ...(client === undefined || server === undefined ? {} : { hosts: { client, server } }),
    ...(machine === undefined ? {} : { machine }),
  };
}

/** @param own The host's cores; undefined = all. */
function secondsOf(
  { cores, streams, carriers, durationSeconds }: Measured,
  omitSeconds: number,
  ends: readonly End[],
  own: readonly number[] | undefined,
): { processes: number; softirq: number; carried: number | undefined } | undefined {
  const threads = streams.filter(({ end }) => ends.includes(end));
  if (threads.some(({ cpu }) => cpu === undefined)) return undefined;
  if (carriers.some(({ cpuPercent }) => cpuPercent === undefined)) return undefined;
  const itsCores = cores.filter(({ core }) => own === undefined || own.includes(core));
  const seconds = (percent: number) => (percent / 100) * durationSeconds;
  const inProcesses = seconds(itsCores.reduce((sum, { user, system }) => sum + user + system, 0));
  // The threads' clocks are of the whole run.
  const share = durationSeconds / (omitSeconds + durationSeconds);
  const threadSeconds = share * threads.reduce((sum, { cpu }) => sum + cpu!.userSeconds + cpu!.systemSeconds, 0);
  const softirq = seconds(itsCores.reduce((sum, core) => sum + core.irq + core.softirq, 0));
  const carried = seconds(carriers.reduce((sum, { cpuPercent = 0 }) => sum + cpuPercent, 0));
  // Most kernels count softirq that interrupts a process as the process's too (no CONFIG_IRQ_TIME_ACCOUNTING).
  const processes = Math.min(threadSeconds + carried, inProcesses);
  return {
    processes,
    softirq,
    carried: carriers.length === 0 ? undefined : Math.min(carried, processes + softirq),
  };
}
