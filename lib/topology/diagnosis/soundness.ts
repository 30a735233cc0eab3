import type { VerifiedPath } from '../verify.js';
import type { Finding } from './finding.js';
import type { MachineFacts } from './machine-facts.js';

/** What was looked at and found right, in one line. */
export function soundness(path: VerifiedPath | undefined, machine: MachineFacts): Finding[] {
  const facts = [...(path === undefined ? [] : pathFacts(path)), ...machineFacts(machine)];
  return facts.length === 0 ? [] : [{ severity: 'ok', code: 'OK', message: facts.join('; ') }];
}

function pathFacts({ reach, pathMtuBytes, hops }: VerifiedPath): string[] {
  const ends = [hops[0]?.offloads, hops.at(-1)?.offloads];
  const agree =
    ends[0] !== undefined && ends[1] !== undefined && ends[0].tso === ends[1].tso && ends[0].gro === ends[1].gro;
  return [
    ...(reach === undefined
      ? []
      : [
          `reachable ${reach.bothWays ? 'both ways' : 'from the client'}, connected in ${reach.connectMs.toFixed(1)} ms`,
        ]),
    `packets of ${pathMtuBytes} bytes cross whole`,
    ...(agree ? ['offloads agree'] : []),
  ];
}

function machineFacts({ busyCores, allowedCores, congestion, governors }: MachineFacts): string[] {
  return [
    ...(busyCores.length === 0 ? [`no busy core of ${allowedCores.length}`] : []),
    ...(congestion === undefined || congestion.startsWith('bbr') ? [] : [`congestion control ${congestion}`]),
    ...(governors.size > 0 && [...governors.values()].every((one) => one === 'performance')
      ? ['all cores on the governor performance']
      : []),
  ];
}
