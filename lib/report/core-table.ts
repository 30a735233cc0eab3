import { type CoreRow, NOTEWORTHY_FOREIGN_PERCENT } from '../traffic/core-shares.js';

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
  const others = row.foreign >= NOTEWORTHY_FOREIGN_PERCENT;
  const mark = row.saturated
    ? '   <- limits this run'
    : others
      ? `   <- ${row.foreign.toFixed(0)} % of it not by this run`
      : '';
  return `core ${`${row.core}`.padStart(coreWidth)}  ${row.ends.padEnd(6)}   ${text}${mark}`;
}
