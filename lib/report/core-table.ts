import type { CorePercent, VnetperfFacts } from '../traffic/events.js';

/** A core this busy has nothing left to give, and the accounting's own error is about as large as the rest. */
const SATURATED_PERCENT = 97;
/** Work that the kernel does for a run on a core with no worker of it, worth a line from here on. */
const NOTEWORTHY_SOFTIRQ_PERCENT = 5;

export interface CoreRow extends CorePercent {
  /** Whose workers moved bytes on it; '' = the kernel alone was busy there. */
  ends: '' | 'client' | 'server' | 'both';
  saturated: boolean;
}

/** The cores that took part in a run whose two ends were on this machine. */
export function coreRows(client: VnetperfFacts, server: Pick<VnetperfFacts, 'streams'> | undefined): CoreRow[] {
  const clientCores = coresThatMoved(client);
  const serverCores = server === undefined ? new Set<number>() : coresThatMoved(server);
  return client.cores.flatMap((percent) => {
    const ends = endsOn(clientCores.has(percent.core), serverCores.has(percent.core));
    if (ends === '' && percent.softirq < NOTEWORTHY_SOFTIRQ_PERCENT) return [];
    return [{ ...percent, ends, saturated: 100 - percent.idle >= SATURATED_PERCENT }];
  });
}

function coresThatMoved({ streams }: Pick<VnetperfFacts, 'streams'>): Set<number> {
  return new Set(
    streams.flatMap(({ bytesByCore }) => bytesByCore.filter(({ bytes }) => bytes > 0).map(({ core }) => core)),
  );
}

function endsOn(client: boolean, server: boolean): CoreRow['ends'] {
  if (client && server) return 'both';
  if (client) return 'client';
  return server ? 'server' : '';
}

/** `core  0  client   user  1 %  system 66 %  softirq 32 %  idle  1 %   <- limits this run` */
export function coreLine(row: CoreRow, coreWidth: number): string {
  const shares: [string, number][] = [
    ['user', row.user],
    ['system', row.system],
    ['softirq', row.softirq],
    // Shown only where there is any: most machines account interrupts to softirq, and real ones have no hypervisor.
    ...(
      [
        ['irq', row.irq],
        ['steal', row.steal],
      ] satisfies [string, number][]
    ).filter(([, percent]) => percent >= 0.5),
    ['idle', row.idle],
  ];
  const text = shares.map(([name, percent]) => `${name} ${percent.toFixed(0).padStart(2)} %`).join('  ');
  const mark = row.saturated ? '   <- limits this run' : '';
  return `core ${`${row.core}`.padStart(coreWidth)}  ${row.ends.padEnd(6)}   ${text}${mark}`;
}
