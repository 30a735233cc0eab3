import type { Diagnosis } from '../api/diagnose.js';
import type { Finding } from '../topology/diagnosis/finding.js';

const SEVERITIES = ['error', 'warning', 'note', 'ok'] as const;
const COLUMN = Math.max(...SEVERITIES.map((word) => word.length)) + 2;

/** The worst first. */
export function diagnosisText({ head, findings }: Diagnosis): string {
  return [head, '', ...findingLines(findings)].join('\n');
}

export function diagnosisJson({ head, path, findings }: Diagnosis): string {
  return JSON.stringify({ subject: head, path, findings: bySeverity(findings) }, undefined, 2);
}

/** A line each, and below it what to do about it. */
export function findingLines(findings: readonly Finding[]): string[] {
  return bySeverity(findings).flatMap(({ severity, message, remedy }) => [
    `${severity.padEnd(COLUMN)}${message}`,
    ...(remedy === undefined ? [] : [`${' '.repeat(COLUMN)}remedy: ${remedy}`]),
  ]);
}

function bySeverity(findings: readonly Finding[]): Finding[] {
  return SEVERITIES.flatMap((word) => findings.filter(({ severity }) => severity === word));
}
