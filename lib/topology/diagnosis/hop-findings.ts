import type { HopState } from '../read-hops.js';
import { takenRemedy, takenWords } from '../tunnel-ports.js';
import type { Finding } from './finding.js';
import type { Subject } from './subject.js';

/** Interfaces that let nothing through. Causes before effects: one that is down takes the carrier of its peer with it. */
export function hopFindings(subject: Subject, hops: readonly HopState[]): Finding[] {
  const down = hops.filter((hop) => !hop.administrativelyUp).map((hop) => downFinding(subject, hop));
  const loose = hops.flatMap((hop, index) => {
    const master = subject.path[index]?.master;
    if (master === undefined || hop.master === master) return [];
    return [
      pathDown(
        subject,
        hop,
        `is not a port of ${master}`,
        `Make it one: ip link set ${hop.interface} master ${master}.`,
      ),
    ];
  });
  const causes = [...down, ...loose];
  if (causes.length > 0) return causes;
  return hops
    .filter((hop) => !hop.carries)
    .map((hop) => {
      const what = `is up but ${hop.notForwarding ?? 'has no carrier'}`;
      return pathDown(
        subject,
        hop,
        what,
        `See what is at its other end: ip -details link show ${hop.interface}, in ${hop.namespace}.`,
      );
    });
}

function downFinding(subject: Subject, hop: HopState): Finding {
  const { portTaken, namespace } = hop;
  if (portTaken === undefined) {
    return pathDown(subject, hop, 'is set down', `ip link set ${hop.interface} up, in ${namespace}.`);
  }
  const finding = pathDown(subject, hop, `is down and cannot come up: ${takenWords(portTaken)}`, '');
  return { ...finding, remedy: takenRemedy(portTaken, namespace) };
}

export function nameOf(hop: Pick<HopState, 'interface' | 'namespace'>): string {
  return `${hop.interface} in the namespace ${hop.namespace}`;
}

function pathDown({ kind, mtuBytes }: Subject, hop: HopState, what: string, remedy: string): Finding {
  const own = mtuBytes !== undefined;
  return {
    severity: 'error',
    code: 'ERR_PATH_DOWN',
    message: `${kind} carries nothing: ${nameOf(hop)} ${what}`,
    remedy: own
      ? 'See how it is built with --dry-run, and whether something on this machine changes links by itself.'
      : remedy,
  };
}
