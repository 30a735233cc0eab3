import type { HopState } from '../read-hops.js';
import type { Finding } from './finding.js';
import type { Subject } from './subject.js';

/** Interfaces that let nothing through. Causes before effects: one that is down takes the carrier of its peer with it. */
export function hopFindings({ kind, path }: Subject, hops: readonly HopState[]): Finding[] {
  const down = hops.filter((hop) => !hop.administrativelyUp).map((hop) => pathDown(kind, `${nameOf(hop)} is set down`));
  const loose = hops.flatMap((hop, index) => {
    const master = path[index]?.master;
    return master === undefined || hop.master === master
      ? []
      : [pathDown(kind, `${nameOf(hop)} is not a port of ${master}`)];
  });
  const causes = [...down, ...loose];
  if (causes.length > 0) return causes;
  return hops
    .filter((hop) => !hop.carries)
    .map((hop) => pathDown(kind, `${nameOf(hop)} is up but ${hop.notForwarding ?? 'has no carrier'}`));
}

export function nameOf(hop: Pick<HopState, 'interface' | 'namespace'>): string {
  return `${hop.interface} in the namespace ${hop.namespace}`;
}

function pathDown(kind: string, what: string): Finding {
  return {
    severity: 'error',
    code: 'ERR_PATH_DOWN',
    message: `${kind} carries nothing: ${what}`,
    remedy: 'See how it is built with --dry-run, and whether something on this machine changes links by itself.',
  };
}
