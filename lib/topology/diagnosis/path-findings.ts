import type { Finding } from './finding.js';
import { hopFindings } from './hop-findings.js';
import { mtuFindings } from './mtu-findings.js';
import type { PathFacts } from './path-facts.js';
import { queueFindings } from './queue-findings.js';
import { reachFindings } from './reach-findings.js';

/** Everything that the facts mean, causes before effects. */
export function pathFindings(facts: PathFacts): Finding[] {
  return [
    ...hopFindings(facts.subject, facts.hops),
    ...reachFindings(facts),
    ...mtuFindings(facts),
    ...queueFindings(facts.subject, facts.hops),
  ];
}
