import { executeCell } from '../compare/measuring/execute-cell.js';
import type { ComparisonResult } from '../compare/result.js';
import { loadResult, saveResult } from '../compare/result-file/result-file.js';
import { type ComparisonSpecification, runComparison } from '../compare/runner/run-comparison.js';
import { CONTAINER_NETWORKS } from '../compare/suite/container-networks.js';
import { VnetperfError } from '../errors.js';
import { readEnvironment } from '../platform/environment.js';
import { wrapped } from '../report/comparison/table-layout.js';
import { terminalTable } from '../report/comparison/terminal-table.js';
import { errorLines, exitStatus } from './command-frame.js';
import { type CompareCommand, type ComparisonRequest, parseCompareArguments } from './compare/arguments.js';
import { compareHelpText } from './compare/help-text.js';
import { planLine, planText } from './compare/plan-text.js';
import { ProgressLine } from './compare/progress-line.js';
import { checkResultPath, chosenSeed, usualPath } from './compare/result-path.js';
import { comparisonSpecification } from './compare/specification.js';
import { suiteNetworks } from './compare/suite-networks.js';
import { needsRootless, rerunRootless } from './rootless.js';
import { abortOnSignals, type SignalScope } from './signals.js';
import { programName, UsageError } from './usage-error.js';

/** What a shell reports for a program that wrote to a pipe nobody reads: 128 + SIGPIPE. */
const READER_GONE_STATUS = 141;

/** What is to be done, whether it begins or goes on. */
interface Task {
  specification: ComparisonSpecification;
  /** undefined: the document goes to standard output only. */
  path: string | undefined;
  resume?: ComparisonResult | undefined;
  json: boolean;
}

/**
 * `vnetperf compare KIND...`
 * @returns the exit status: 0 also for a comparison that was interrupted; 1 where a cell could not be measured.
 */
export async function compareCommandLine(argv: readonly string[]): Promise<number> {
  const asked = parseCompareArguments(argv);
  if (asked.command === 'help') {
    process.stdout.write(`${compareHelpText()}\n`);
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
    return exitStatus(error);
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
  return { specification, path, json: request.json };
}

/** Those that a comparison began with stay the same: what is missing now fails. */
async function resumedTask(asked: CompareCommand & { command: 'resume' }): Promise<Task> {
  const { path, json } = asked;
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
  return { specification: { ...specification, command }, path, resume, json };
}

async function compare({ specification, path, resume, json }: Task, signals: SignalScope): Promise<number> {
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
    for (const remark of remarksOf(specification)) say(remark);
    if (resume !== undefined) say(`going on after ${resume.runs.length} runs`);
    const result = await runComparison(specification, {
      execute: executeCell,
      environment: await readEnvironment(),
      save: path === undefined ? undefined : (current) => saveResult(path, current),
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
    const text = json ? JSON.stringify(result, undefined, 2) : reportLines(result, path).join('\n');
    await new Promise<void>((resolve) => process.stdout.write(`${text}\n`, () => resolve()));
    if (readerGone === undefined) return statusOf(result);
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

/** Many cells may have the same one. */
function remarksOf({ cells, remarks = [] }: ComparisonSpecification): string[] {
  return [...new Set([...remarks, ...cells.flatMap((cell) => cell.remarks)])];
}

function reportLines(result: ComparisonResult, path: string | undefined): string[] {
  const { columns } = process.stdout;
  const width = process.stdout.isTTY ? columns : undefined;
  const sentences = result.analysis?.sentences ?? [];
  return [
    '',
    ...terminalTable(result, width),
    ...(sentences.length === 0 ? [] : ['']),
    ...sentences.flatMap((sentence) => wrapped(sentence, width)),
    ...fileLines(result, path),
  ];
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
