import { formatCoreList } from '../../configuration/cores.js';
import type { BusyThread } from './busy-threads.js';
import type { Finding } from './finding.js';
import type { IntendedTest } from './intended-test.js';
import type { MachineFacts } from './machine-facts.js';

/** As good as always on its core: it polls, or computes without end. */
const POLLING_PERCENT = 90;
const MOST_NAMES = 4;

type CoreFacts = Pick<MachineFacts, 'busyCores' | 'busyThreads' | 'allowedCores'>;

/** Other work on the cores that a test is to run on. */
export function coreFindings(machine: CoreFacts, test?: IntendedTest): Finding[] {
  const { busyCores, busyThreads, allowedCores } = machine;
  const free = allowedCores.filter((core) => !busyCores.some((busy) => busy.core === core));
  if (busyCores.length > 0 && free.length === 0) return [allBusy(machine)];
  const pinned = test === undefined ? [] : [...test.pin.client, ...test.pin.server];
  const affected = busyCores.filter(({ core }) => pinned.length === 0 || pinned.includes(core));
  return affected.map(({ core, percent }) => {
    const thread = busyThreads.find((one) => one.core === core);
    const ends = endsOn(core, test);
    return {
      severity: 'warning',
      code: thread !== undefined && thread.percent >= POLLING_PERCENT ? 'CORE_POLLED' : 'CORE_BUSY',
      message:
        (thread === undefined
          ? `core ${core} is ${whole(percent)} busy with other work`
          : `${nameOf(thread)} takes ${whole(thread.percent)} of core ${core}`) +
        (ends === '' ? '' : `, where ${ends} is to run: both will be slower`),
      remedy:
        free.length >= 2
          ? `Stay off it: --pin ${free[0]}:${free[1]}.`
          : 'End it, or give it cores of its own; two ends need two more.',
    };
  });
}

function allBusy({ busyCores, busyThreads }: CoreFacts): Finding {
  const cores = busyCores.map(({ core, percent }) => `core ${core} ${whole(percent)}`).join(', ');
  const names = busyThreads.slice(0, MOST_NAMES).map((thread) => `${nameOf(thread)} ${whole(thread.percent)}`);
  const who = names.length === 0 ? '' : `; ${names.join(', ')}`;
  return {
    severity: 'warning',
    code: 'CORES_FULL',
    message:
      `all cores that may be used are busy with other work (${cores}${who}): ` +
      'the figure will say as much about that work as about the network',
    remedy: 'Let it end first; ps -e --sort=-%cpu names it.',
  };
}

/** What the scheduler may do to ends that are not pinned. */
export function pinFindings({ allowedCores, busyCores }: CoreFacts, test?: IntendedTest): Finding[] {
  if (test !== undefined && test.pin.client.length + test.pin.server.length > 0) return [];
  const free = allowedCores.filter((core) => !busyCores.some((busy) => busy.core === core));
  const [only] = free;
  if (free.length === 1 && only !== undefined) {
    return [
      {
        severity: 'warning',
        code: 'CORE_SHARED',
        message: `only core ${only} of ${formatCoreList(allowedCores)} is free: unpinned ends will share it, or share with other work`,
        remedy: 'Free a second core, or allow one more with taskset.',
      },
    ];
  }
  if (free.length < 2) return [];
  return [
    {
      severity: 'note',
      code: 'NOT_PINNED',
      message:
        `ends that are not pinned may move between ${free.length} free cores (${formatCoreList(free)}) and meet on one: ` +
        'the same test then gives rates apart by a factor',
      remedy: `Pin them with --pin ${free[0]}:${free[1]}, and compare: the run's report counts migrations and bytes by core.`,
    },
  ];
}

function nameOf({ pid, process, thread }: BusyThread): string {
  return process === thread ? `${process} (pid ${pid})` : `${process} (pid ${pid}, thread ${thread})`;
}

function endsOn(core: number, test: IntendedTest | undefined): string {
  if (test === undefined) return '';
  const { client, server } = test.pin;
  const both = client.includes(core) && server.includes(core);
  if (both) return 'the test';
  return client.includes(core) ? 'the client' : server.includes(core) ? 'the server' : '';
}

function whole(percent: number): string {
  return `${Math.round(percent)} %`;
}
