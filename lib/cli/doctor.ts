import { type Diagnosis, diagnose } from '../api/diagnose.js';
import { VnetperfError } from '../errors.js';
import { topologyKind } from '../topology/kinds.js';
import { type DoctorCommand, parseDoctorArguments } from './doctor-arguments.js';
import { diagnosisJson, diagnosisText } from './doctor-report.js';
import { errorLines } from './error-lines.js';
import { findingAnnotations } from './outcome/finding-annotations.js';
import { needsRootless, rerunRootless } from './rootless.js';
import { abortOnSignals, type SignalScope, statusWithoutResult } from './signals.js';
import { StartUpLine } from './start-up-line.js';
import { programName } from './usage-error.js';

/**
 * `vnetperf doctor [KIND | A B]`: looks at what `run` or `between` would, and says all of it instead of the first error.
 * @returns the exit status: 1 where something was found that a measurement would fail of.
 */
export async function doctorCommandLine(argv: readonly string[]): Promise<number> {
  const asked = parseDoctorArguments(argv);
  const signals = abortOnSignals();
  try {
    return await execute(asked, argv, signals);
  } catch (error) {
    if (!(error instanceof VnetperfError)) throw error;
    process.stderr.write(`${errorLines(error, `${programName}: `).join('\n')}\n`);
    return statusWithoutResult(error);
  } finally {
    signals.dispose();
  }
}

async function execute(asked: DoctorCommand, argv: readonly string[], signals: SignalScope): Promise<number> {
  if (asked.subject === 'help') {
    process.stdout.write(`${(await import('./help/help-text.js')).helpOn(['doctor'])}\n`);
    return 0;
  }
  if (asked.subject === 'kind' && topologyKind(asked.kind).rootless && needsRootless()) {
    signals.dispose();
    return await rerunRootless(['doctor', ...argv]);
  }
  const diagnosis = await diagnosed(asked, signals.signal);
  process.stdout.write(`${asked.json ? diagnosisJson(diagnosis) : diagnosisText(diagnosis)}\n`);
  // GitHub reads both streams; standard output may be a document.
  if (asked.github) process[asked.json ? 'stderr' : 'stdout'].write(findingAnnotations(diagnosis.findings));
  return diagnosis.findings.some(({ severity }) => severity === 'error') ? 1 : 0;
}

async function diagnosed(asked: Exclude<DoctorCommand, { subject: 'help' }>, signal: AbortSignal): Promise<Diagnosis> {
  const line = new StartUpLine();
  try {
    return await diagnose(asked, { signal, onProgress: line.handle });
  } finally {
    line.close();
  }
}
