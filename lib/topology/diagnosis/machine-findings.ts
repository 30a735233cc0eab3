import { bufferFindings } from './buffer-findings.js';
import { type CongestionFacts, congestionFindings } from './congestion-findings.js';
import { coreFindings, pinFindings } from './core-findings.js';
import type { Finding } from './finding.js';
import { governorFindings } from './governor-findings.js';
import type { IntendedTest } from './intended-test.js';
import type { MachineFacts } from './machine-facts.js';

/**
 * What the machine would do to a test; without one, to any.
 * @param defaults Congestion control that the two ends get by themselves. Default: that of this program's namespace.
 */
export function machineFindings(
  machine: MachineFacts,
  defaults: CongestionFacts['defaults'] = { client: machine.congestion, server: machine.congestion },
  test?: IntendedTest,
): Finding[] {
  return [
    ...coreFindings(machine, test),
    ...congestionFindings({ defaults, available: machine.availableCongestion }, test),
    ...bufferFindings(machine, test),
    ...governorFindings(machine, test),
    ...pinFindings(machine, test),
  ];
}
