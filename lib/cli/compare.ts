import { loadResult } from '../api/result-files.js';
import { runComparison } from '../api/run-comparison.js';
import type { Analysis } from '../compare/analysis.js';
import type { ComparisonResult } from '../compare/result.js';
import type { ComparisonSpecification } from '../compare/runner/run-comparison.js';
import { CONTAINER_NETWORKS } from '../compare/suite/container-networks.js';
import type { NetworksHere } from '../compare/suite/networks-here.js';
import { VnetperfError } from '../errors.js';
import { checkBlocksForLimits, limitedContrasts, type RatioLimit } from '../index.js';
import { priceLines } from '../report/comparison/price-lines.js';
import { reportedCells } from '../report/comparison/section.js';
import { terminalTable } from '../report/comparison/terminal-table.js';
import { durationWords } from '../report/duration-words.js';
import { referenceLines } from '../report/reference/reference-lines.js';
import { wrapped } from '../report/table-layout.js';
import { type CompareCommand, type ComparisonRequest, parseCompareArguments } from './compare/arguments.js';
import { planLine, planText } from './compare/plan-text.js';
import { ProgressLine } from './compare/progress-line.js';
import { checkResultPath, chosenSeed, usualPath } from './compare/result-path.js';
import { comparisonSpecification } from './compare/specification.js';
import { suiteNetworks } from './compare/suite-networks.js';
import { errorLines } from './error-lines.js';
import { tellComparison } from './outcome/comparison-outcome.js';
import { checkOutcomeFiles } from './outcome/outcome-files.js';
import type { OutcomeFiles } from './outcome/outcome-options.js';
import { READER_GONE_STATUS } from './reader-gone.js';
import { needsRootless, rerunRootless } from './rootless.js';
import { abortOnSignals, type SignalScope, statusWithoutResult } from './signals.js';
import { programName, UsageError } from './usage-error.js';

/** What is to be done, whether it begins or goes on. */
interface Task {
  specification: ComparisonSpecification;
  /** undefined: the document goes to standard output only. */
  path: string | undefined;
  resume?: ComparisonResult | undefined;
  json: boolean;
  reference: boolean;
  limits: RatioLimit[];
  files: OutcomeFiles;
  /** What building and removing the networks is known to take beside the runs. */
  buildingSeconds?: number | undefined;
}

/**
 * `vnetperf compare KIND...`
 * @returns the exit status: 0 also for a comparison that was interrupted; 1 where a cell could not be measured.
 */
export async function compareCommandLine(argv: readonly string[]): Promise<number> {
  const asked = parseCompareArguments(argv);
  if (asked.command === 'help') {
    process.stdout.write(`${(await import('./help/help-text.js')).helpOn(['compare'])}\n`);
    return 0;
  }
  const signals = abortOnSignals();
  try {
    if (asked.command === 'compare' && asked.dryRun) {
      const networks = asked.suite === undefined ? undefined : { kinds: [...CONTAINER_NETWORKS], missing: [] };
      process.stdout.write(`${planText(comparisonSpecification(asked, asked.seed ?? chosenSeed(), networks))}\n`);
      return 0;
    }
    if (needsRootless()) {
      // What cannot be is said before anything is started.
      if (asked.command === 'compare' && asked.suite === undefined) await newTask(asked, signals.signal);
      signals.dispose();
      return await rerunRootless(['compare', ...argv]);
    }
    return await compare(
      asked.command === 'resume' ? await resumedTask(asked) : await newTask(asked, signals.signal),
      signals,
    );
  } catch (error) {
    if (!(error instanceof VnetperfError) || error instanceof UsageError) throw error;
    process.stderr.write(`${errorLines(error, `${programName}: `).join('\n')}\n`);
    return statusWithoutResult(error);
  } finally {
    signals.dispose();
  }
}

async function newTask(request: ComparisonRequest, signal: AbortSignal): Promise<Task> {
  const seed = request.seed ?? chosenSeed();
  if (request.suite !== undefined)
    comparisonSpecification(request, seed, { kinds: [...CONTAINER_NETWORKS], missing: [] });
  if (request.suite !== undefined && !request.json) {
    process.stdout.write('building each network once, to see which ones this machine can hold\n');
  }
  const networks = request.suite === undefined ? undefined : await suiteNetworks(request.given, signal);
  const specification = comparisonSpecification(request, seed, networks);
  const path = request.output ?? (request.json ? undefined : usualPath(seed));
  if (path !== undefined) await checkResultPath(path, specification.command);
  const { json, reference, limits, files } = request;
  checkGate(specification, limits);
  checkOutcomeFiles(files, path === undefined ? [] : [path]);
  return {
    specification,
    path,
    json,
    reference,
    limits,
    files,
    buildingSeconds: buildingSeconds(specification, networks),
  };
}

/** As long as each took when it was tried. */
function buildingSeconds(
  { cells, warmUpBlocks, blocks }: ComparisonSpecification,
  networks: NetworksHere | undefined,
): number | undefined {
  const seconds = networks?.seconds;
  if (seconds === undefined) return undefined;
  const block = cells.reduce((sum, { levels }) => sum + (seconds.get(levels.topology ?? '') ?? 0), 0);
  return block * (warmUpBlocks + blocks);
}

/** Those that a comparison began with stay the same: what is missing now fails. */
async function resumedTask(asked: CompareCommand & { command: 'resume' }): Promise<Task> {
  const { path, json, reference, limits, files } = asked;
  const resume = await loadResult(path);
  const { command, plan } = resume;
  const request = command[0] === 'compare' ? parseCompareArguments(command.slice(1)) : undefined;
  if (request?.command !== 'compare') {
    throw new VnetperfError(`${path} was not written by ${programName} compare`, {
      code: 'ERR_RESUME_PLAN',
      remedy: 'Begin a new comparison.',
    });
  }
  // Of all its runs, those before included; what an earlier resumption was given stays.
  const timeLimitSeconds = asked.timeLimitSeconds ?? plan.timeLimitSeconds;
  const kinds = plan.factors.find(({ name }) => name === 'topology')?.levels ?? [];
  const networks = request.suite === undefined ? undefined : { kinds, missing: plan.remarks ?? [] };
  const specification = comparisonSpecification({ ...request, timeLimitSeconds }, plan.seed, networks);
  checkGate(specification, limits);
  checkOutcomeFiles(files, [path]);
  return { specification: { ...specification, command }, path, resume, json, reference, limits, files };
}

async function compare(
  { specification, path, resume, json, reference, limits, files, buildingSeconds }: Task,
  signals: SignalScope,
): Promise<number> {
  const say = (line: string) => {
    if (!json) process.stdout.write(`${line}\n`);
  };
  let readerGone: NodeJS.ErrnoException | undefined;
  process.stdout.on('error', (error) => {
    readerGone ??= error;
    signals.abort(new Error('standard output takes no more'));
  });
  const progress = new ProgressLine();
  try {
    say(planLine(specification));
    if (buildingSeconds !== undefined)
      say(`building and removing the networks takes about ${durationWords(buildingSeconds)} beside that`);
    for (const remark of remarksOf(specification)) say(remark);
    if (resume !== undefined) say(`going on after ${resume.runs.length} runs`);
    const result = await runComparison(specification, {
      save: path,
      onProgress: (event) => {
        progress.handle(event);
        if (event.type !== 'cell-left-out') return;
        const { code, message, remedy } = event.failure;
        progress.clear();
        const lines = errorLines(new VnetperfError(message, { code, remedy }), `${programName}: ${event.cell.name}: `);
        process.stderr.write(`${lines.join('\n')}\n`);
      },
      signal: signals.signal,
      resume,
    });
    const text = json ? JSON.stringify(result, undefined, 2) : reportLines(result, path, reference).join('\n');
    await new Promise<void>((resolve) => process.stdout.write(`${text}\n`, () => resolve()));
    const status = tellComparison(statusOf(result), result, limits, files, json);
    if (readerGone === undefined) return status;
    // Who reads a pipe may leave; a disk that is full takes what nobody else has.
    if (readerGone.code === 'EPIPE') return READER_GONE_STATUS;
    throw new VnetperfError(`standard output took no more: ${readerGone.message}`, {
      code: 'ERR_OUTPUT',
      remedy: path === undefined ? 'Give --output FILE: the result is kept there.' : `The result is in ${path}.`,
    });
  } finally {
    progress.close();
  }
}

/** A gate that cannot close is no gate: said before the first run. */
function checkGate(specification: ComparisonSpecification, limits: readonly RatioLimit[]): void {
  if (limits.length === 0) return;
  limitedContrasts(specification, limits);
  checkBlocksForLimits(specification);
}

/** Many cells may have the same one. */
function remarksOf({ cells, remarks = [] }: ComparisonSpecification): string[] {
  return [...new Set([...remarks, ...cells.flatMap((cell) => cell.remarks)])];
}

function reportLines(result: ComparisonResult, path: string | undefined, reference: boolean): string[] {
  const { columns } = process.stdout;
  const width = process.stdout.isTTY ? columns : undefined;
  const { analysis } = result;
  const sentences = analysis?.sentences ?? [];
  return [
    '',
    ...terminalTable(result, width),
    ...(analysis === undefined ? [] : belowTable({ ...result, analysis }, reference, width)),
    ...(sentences.length === 0 ? [] : ['']),
    ...sentences.flatMap((sentence) => wrapped(sentence, width)),
    ...fileLines(result, path),
  ];
}

function belowTable(
  compared: ComparisonResult & { analysis: Analysis },
  reference: boolean,
  width: number | undefined,
): string[] {
  return [...priceLines(compared, width), ...(reference ? referenceLines(reportedCells(compared), width) : [])];
}

function fileLines({ state }: ComparisonResult, path: string | undefined): string[] {
  if (path === undefined) return [];
  const report = `Written: ${path}      Report: ${programName} report ${path} --html`;
  if (state === 'complete') return [report];
  const why = state === 'time-limit' ? 'The time limit came first' : 'Interrupted';
  const more = state === 'time-limit' ? ' --time-limit TIME' : '';
  return [report, `${why}. To go on: ${programName} compare --resume ${path}${more}`];
}

/** A cell that failed and has no run that counts, unless there was no time for one. */
function statusOf({ state, runs }: ComparisonResult): number {
  if (state === 'interrupted') return 0;
  const counted = runs.filter(({ block, outcome }) => block >= 0 && outcome === 'measured');
  const measured = new Set(counted.map(({ cell }) => cell));
  const failing = runs.some(({ cell, outcome }) => outcome === 'failed' && !measured.has(cell));
  return failing || (state === 'complete' && measured.size === 0) ? 1 : 0;
}
