import { cpus } from 'node:os';
import type { Environment } from '../compare/environment.js';
import { armCoreName } from './arm-core-names.js';
import { allowedCores } from './cores.js';
import { readMachine } from './cpu-topology.js';
import type { KernelFiles } from './kernel-files.js';

export function processor(files: KernelFiles, root: string): Environment['processor'] {
  const blocks = (files.text('proc/cpuinfo') ?? '').split(/\n\s*\n/).map(fields);
  const model = modelOf(blocks);
  const { cores } = readMachine(root);
  const megahertz = Math.max(0, ...cores.map(({ maxMegahertz = 0 }) => maxMegahertz)) || clockNow(blocks);
  const listed = blocks.filter((block) => block.has('processor')).length;
  const allowed = cores.filter((core) => core.allowed).map(({ core }) => core);
  return {
    ...(model === undefined ? {} : { model }),
    cores: cores.length || listed || cpus().length,
    allowedCores: allowed.length > 0 ? allowed : allowedCores(files.text('proc/self/status') ?? ''),
    ...(megahertz === undefined ? {} : { megahertz }),
  };
}

/** `name : value` lines of one core. */
function fields(block: string): Map<string, string> {
  return new Map(
    block.split('\n').flatMap((line): [string, string][] => {
      const match = /^([^:]+?)\s*:\s*(.*)$/.exec(line);
      return match === null ? [] : [[match[1]!, match[2]!.trim().replaceAll(/\s+/g, ' ')]];
    }),
  );
}

/**
 * x86 and 32-bit ARM name it; 64-bit ARM gives numbers, and has several kinds of core in one processor; `cpu` is
 * POWER's name for it, `uarch` RISC-V's.
 */
function modelOf(blocks: Map<string, string>[]): string | undefined {
  for (const name of ['model name', 'cpu', 'uarch']) {
    const model = blocks.find((block) => block.get(name))?.get(name);
    if (model !== undefined) return model;
  }
  const counts = new Map<string, number>();
  for (const block of blocks) {
    const name = armCoreName(block.get('CPU implementer'), block.get('CPU part'));
    if (name !== undefined) counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  if (counts.size <= 1) return [...counts.keys()][0];
  return [...counts].map(([name, count]) => `${count} x ${name}`).join(' + ');
}

/** Where nothing scales it, the clock stands as it is. */
function clockNow(blocks: Map<string, string>[]): number | undefined {
  const clocks = blocks.map((block) => Number(block.get('cpu MHz'))).filter((clock) => clock > 0);
  return clocks.length === 0 ? undefined : Math.max(...clocks);
}
