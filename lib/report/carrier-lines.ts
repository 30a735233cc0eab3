import { carrierLabels, hasSaturatedThread, isPolling } from '../traffic/carrier-shares.js';
import type { CarrierFacts } from '../traffic/events.js';

/** `via ovs-vswitchd  98 % of a core   <- limits this run`, a line for each. */
export function carrierLines(carriers: readonly CarrierFacts[]): string[] {
  const labels = carrierLabels(carriers);
  const width = Math.max(0, ...labels.map(({ length }) => length));
  return carriers.map((carrier, index) => `via ${labels[index]!.padEnd(width)}  ${figures(carrier)}`);
}

function figures(carrier: CarrierFacts): string {
  const { cpuPercent, busiestThread } = carrier;
  if (cpuPercent === undefined) return 'ended during the run, or cannot be seen from here';
  const total = `${cpuPercent.toFixed(0)} % of a core`;
  if (busiestThread === undefined) return total;
  const { name, cpuPercent: thread } = busiestThread;
  if (isPolling(name)) return `${total}; its thread ${name} polls, busy or not`;
  const mark = hasSaturatedThread(carrier) ? '   <- limits this run' : '';
  const part = cpuPercent - thread < 1 ? '' : `, thread ${name} ${thread.toFixed(0)} %`;
  return `${total}${part}${mark}`;
}
