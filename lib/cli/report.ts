import { realpath, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import { csvReport, htmlReport, markdownReport, sectionsOf, svgReport, textReport } from '../api/reports.js';
import { type MeasuredFile, readMeasuredFile } from '../api/result-files.js';
import { VnetperfError } from '../errors.js';
import type { ReportSection } from '../report/comparison/section.js';
import { errnoOf, strerror } from '../strerror.js';
import { errorLines } from './error-lines.js';
import { checkOutcomeFiles } from './outcome/outcome-files.js';
import { gatesOf, tellSaved } from './outcome/report-outcome.js';
import { READER_GONE_STATUS } from './reader-gone.js';
import { parseReportArguments, type ReportCommand, type ReportFormat } from './report-arguments.js';
import { programName } from './usage-error.js';

const WRITERS: Readonly<Record<ReportFormat, (sections: readonly ReportSection[]) => string>> = {
  html: htmlReport,
  svg: svgReport,
  markdown: markdownReport,
  csv: csvReport,
};

const EXTENSIONS: Readonly<Record<ReportFormat, string>> = {
  html: '.html',
  svg: '.svg',
  markdown: '.md',
  csv: '.csv',
};

/** `vnetperf report FILE...` @returns the exit status: 1 where a file cannot be read or written. */
export async function reportCommandLine(argv: readonly string[]): Promise<number> {
  const asked = parseReportArguments(argv);
  if (asked.show === 'help') return await print(`${(await import('./help/help-text.js')).helpOn(['report'])}\n`);
  try {
    return await report(asked);
  } catch (error) {
    if (!(error instanceof VnetperfError)) throw error;
    process.stderr.write(`${errorLines(error, `${programName}: `).join('\n')}\n`);
    return 1;
  }
}

async function report(asked: ReportCommand & { show: 'report' }): Promise<number> {
  const { files, outcomeFiles, output } = asked;
  const measured: MeasuredFile[] = [];
  for (const file of files) measured.push(await readMeasuredFile(file));
  const gates = gatesOf(measured, asked);
  checkOutcomeFiles(outcomeFiles, [...files, ...(output === undefined || output === '-' ? [] : [output])]);
  const sections = sectionsOf(measured).map((section) => ({ ...section, reference: asked.reference }));
  const status = await writeReport(sections, asked);
  if (status !== 0) return status;
  return tellSaved(sections, gates, outcomeFiles, output === '-' ? 'stderr' : 'stdout');
}

async function writeReport(
  sections: readonly ReportSection[],
  { files, formats, output }: ReportCommand & { show: 'report' },
): Promise<number> {
  if (formats.length === 0) {
    const toFile = output !== undefined && output !== '-';
    const text = textReport(sections, toFile ? undefined : process.stdout.columns);
    return toFile ? await save(output, text, files) : await print(text);
  }
  for (const format of formats) {
    const text = WRITERS[format](sections);
    const path = output ?? besideInput(files[0]!, EXTENSIONS[format]);
    const status = path === '-' ? await print(text) : await save(path, text, files);
    if (status !== 0) return status;
  }
  return 0;
}

/** `results/compare-4821.json` -> `results/compare-4821.html` */
function besideInput(file: string, extension: string): string {
  return join(dirname(file), `${basename(file, extname(file))}${extension}`);
}

/** Like other tools that take --output: what is there is overwritten, but for the files that the report is made from. */
async function save(path: string, text: string, inputs: readonly string[]): Promise<number> {
  if (await isOneOf(path, inputs)) {
    throw new VnetperfError(`${path} is a file that the report is made from: it is not overwritten`, {
      code: 'ERR_OUTPUT_EXISTS',
      remedy: 'Give another file with --output.',
    });
  }
  try {
    await writeFile(path, text);
  } catch (cause) {
    throw new VnetperfError(`cannot write ${path}: ${strerror(errnoOf(cause))}`, {
      code: 'ERR_REPORT_FILE',
      remedy: 'Give --output a file in a directory that can be written, on a disk with room.',
      cause,
    });
  }
  return await print(`Written: ${path}\n`);
}

/** Also by another name: a symbolic or a hard link. */
async function isOneOf(path: string, inputs: readonly string[]): Promise<boolean> {
  const output = await stat(path).catch(() => undefined);
  if (output === undefined) return false;
  for (const input of inputs) {
    const one = await stat(await realpath(input));
    if (one.dev === output.dev && one.ino === output.ino) return true;
  }
  return false;
}

/** A page is larger than a pipe: whoever reads it may go before its end. */
async function print(text: string): Promise<number> {
  return await new Promise((resolve, reject) => {
    const failed = (error: NodeJS.ErrnoException) => {
      if (error.code === 'EPIPE') resolve(READER_GONE_STATUS);
      else reject(error);
    };
    // Stays on: the error of a write comes twice, to its callback and as an event.
    process.stdout.on('error', failed);
    process.stdout.write(text, (error) => {
      if (error) failed(error);
      else resolve(0);
    });
  });
}
