import type { HopState } from '../read-hops.js';
import type { Finding } from './finding.js';
import { nameOf } from './hop-findings.js';
import type { Subject } from './subject.js';

/** Queueing disciplines that hold packets back on purpose. fq is not one: it paces only sockets that ask for it. */
const SHAPERS: Readonly<Record<string, string>> = {
  cake: 'shapes',
  cbs: 'shapes',
  hfsc: 'shapes',
  htb: 'shapes',
  netem: 'delays or drops',
  tbf: 'limits the rate',
};

/** A rate that a queue decides says nothing of the path behind it, unless it is a link's of our own: that was asked for. */
export function queueFindings({ link }: Subject, hops: readonly HopState[]): Finding[] {
  return hops.flatMap((hop): Finding[] => {
    const does = SHAPERS[hop.qdisc];
    const asked = link?.ends.some((end) => end.namespace === hop.namespace && end.interface === hop.interface);
    if (does === undefined || asked) return [];
    return [
      {
        severity: 'note',
        code: 'QUEUE',
        message: `the queueing discipline ${hop.qdisc} at ${nameOf(hop)} ${does}: the figure will be its`,
        remedy: `See its settings with: tc qdisc show dev ${hop.interface}, in ${hop.namespace}.`,
      },
    ];
  });
}
