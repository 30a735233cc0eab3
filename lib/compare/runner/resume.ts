import { isDeepStrictEqual } from 'node:util';
import { formatCoreList } from '../../configuration/cores.js';
import { RequestError } from '../../errors.js';
import { packageVersion } from '../../platform/package-version.js';
import { quoted } from '../../topology/shell-words.js';
import type { ExecutableCell } from '../cell.js';
import type { Environment } from '../environment.js';
import { FORMAT_VERSION } from '../format-version.js';
import type { Cell, ComparisonPlan, ComparisonResult } from '../result.js';

/**
 * Throws where the runs of an interrupted comparison cannot stand beside new ones: VnetperfError ERR_RESUME_PLAN when
 * something else was being compared, ERR_RESUME_MACHINE when the machine or vnetperf is not what it was, and
 * ERR_RESUME_FORMAT when its format is an older or newer one: the same words may have meant other runs.
 *
 * The time limit may be another one: a comparison that ran out of time goes on with more of it. The number of blocks and
 * the precision may not: who looks at a verdict and then asks for more blocks finds a difference sooner or later.
 */
export function checkResumable(before: ComparisonResult, plan: ComparisonPlan, environment: Environment): void {
  // Of one version of vnetperf there can be two: 1.0 took sendfile for send-path=auto, and knew no costs.
  if (before.formatVersion !== FORMAT_VERSION) {
    throw new RequestError(
      `the result to go on with is of format ${before.formatVersion}, and new runs would be of format ${FORMAT_VERSION}`,
      {
        code: 'ERR_RESUME_FORMAT',
        remedy: 'Begin a new comparison, or go on with the vnetperf that wrote the file; reports read both.',
      },
    );
  }
  const other = differenceOfPlans(before.plan, plan);
  if (other !== undefined) {
    throw new RequestError(`the result to go on with is of another comparison: ${other}`, {
      code: 'ERR_RESUME_PLAN',
      remedy: `Give its options again: vnetperf ${before.command.map(quoted).join(' ')}`,
    });
  }
  const changed = differenceOfMachines(before, environment);
  if (changed !== undefined) {
    throw new RequestError(`the machine is not as it was when the comparison began: ${changed}`, {
      code: 'ERR_RESUME_MACHINE',
      remedy: 'Begin a new comparison: its runs would not be comparable with those in the file.',
    });
  }
}

/**
 * Throws VnetperfError ERR_RESUME_MACHINE where --pin auto, asked again, would put a cell on other cores than its runs in
 * the file: the interrupts that it keeps away from may have moved meanwhile.
 */
export function checkSameCores(before: ComparisonResult, cells: readonly ExecutableCell[]): void {
  for (const { id, name, request } of cells) {
    const streams = before.runs.flatMap((run) =>
      run.cell === id && run.outcome === 'measured' ? run.measurement.streams : [],
    );
    for (const end of ['client', 'server'] as const) {
      const had = new Set(streams.flatMap((stream) => (stream.end === end ? (stream.pin?.asked ?? []) : [])));
      const now = request.pin[end];
      if ([...had].every((core) => now.includes(core))) continue;
      throw new RequestError(
        `the ${end} of ${name} ran on cores ${formatCoreList([...had])}, and --pin auto chooses ${formatCoreList(now)} now`,
        { code: 'ERR_RESUME_MACHINE', remedy: 'Begin a new comparison, with the cores given to --pin.' },
      );
    }
  }
}

function differenceOfPlans(before: ComparisonPlan, now: ComparisonPlan): string | undefined {
  return (
    differenceOfCells(before.cells, now.cells) ??
    difference('its seed', before.seed, now.seed) ??
    difference('its number of warm-up blocks', before.warmUpBlocks, now.warmUpBlocks) ??
    difference('its number of blocks', before.blocks, now.blocks) ??
    difference('its precision', before.precision, now.precision) ??
    difference('the seconds of each run', before.secondsPerRun, now.secondsPerRun) ??
    differenceOfLists('factors', before.factors, now.factors) ??
    differenceOfLists('contrasts', before.contrasts, now.contrasts)
  );
}

function differenceOfCells(before: readonly Cell[], now: readonly Cell[]): string | undefined {
  if (before.length !== now.length) return `it has ${before.length} cells instead of ${now.length}`;
  for (const [index, cell] of before.entries()) {
    const other = now[index]!;
    const found =
      difference(`the name of its cell ${cell.id}`, cell.name, other.name) ??
      difference(`the command of its cell ${cell.id}`, cell.command.join(' '), other.command.join(' '));
    if (found !== undefined) return found;
    // Remarks are words for a person, and may tell more another time.
    const { id, role, levels } = other;
    if (cell.id !== id || cell.role !== role || !isDeepStrictEqual(cell.levels, levels)) {
      return `its cell ${cell.id} is not the same`;
    }
  }
  return undefined;
}

function differenceOfLists(name: string, before: readonly object[], now: readonly object[]): string | undefined {
  return isDeepStrictEqual(before, now) ? undefined : `its ${name} are others`;
}

function differenceOfMachines(before: ComparisonResult, now: Environment): string | undefined {
  const then = before.environment;
  return (
    difference('the version of vnetperf', before.version, packageVersion()) ??
    difference('the kernel', then.kernel, now.kernel) ??
    difference('the architecture', then.architecture, now.architecture) ??
    difference('the processor', then.processor.model, now.processor.model) ??
    difference('the number of cores', then.processor.cores, now.processor.cores) ??
    difference('the list of cores to use', then.processor.allowedCores.join(), now.processor.allowedCores.join()) ??
    difference('the frequency governor', then.governors?.join(' '), now.governors?.join(' ')) ??
    differenceOfEntries('the mitigation', then.mitigations, now.mitigations) ??
    differenceOfEntries('the sysctl', then.sysctls, now.sysctls)
  );
}

/** Only of what both have: a sysctl can come and go with a module that matters to nothing here. */
function differenceOfEntries(
  what: string,
  before: Record<string, string>,
  now: Record<string, string>,
): string | undefined {
  for (const [name, value] of Object.entries(before)) {
    const found = name in now ? difference(`${what} ${name}`, value, now[name]) : undefined;
    if (found !== undefined) return found;
  }
  return undefined;
}

function difference(what: string, before: string | number | undefined, now: typeof before): string | undefined {
  if (before === now) return undefined;
  return `${what} was ${before ?? 'not given'} and is ${now ?? 'not given'} now`;
}
