import { formatCoreList } from '../../configuration/cores.js';
import type { Finding } from './finding.js';
import type { IntendedTest } from './intended-test.js';
import type { MachineFacts } from './machine-facts.js';

/** Cores that first have to be convinced of going fast. */
export function governorFindings(
  { governors, allowedCores }: Pick<MachineFacts, 'governors' | 'allowedCores'>,
  test?: IntendedTest,
): Finding[] {
  const pinned = test === undefined ? [] : [...test.pin.client, ...test.pin.server];
  const measured = pinned.length > 0 ? pinned : allowedCores;
  const slow = measured.filter((core) => (governors.get(core) ?? 'performance') !== 'performance');
  if (slow.length === 0) return [];
  const names = [...new Set(slow.map((core) => governors.get(core)))].join(', ');
  const cores = formatCoreList(slow);
  return [
    {
      severity: 'warning',
      code: 'GOVERNOR',
      message: `the frequency governor of core ${cores} is ${names}, not performance: the same test gives another figure when the cores are colder`,
      remedy: `cpupower --cpu ${cores} frequency-set --governor performance.`,
    },
  ];
}
