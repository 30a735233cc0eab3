import { type Annotation, githubAnnotations } from '../../index.js';
import type { Finding } from '../../topology/diagnosis/finding.js';

const LEVELS: Readonly<Record<Finding['severity'], Annotation['level'] | undefined>> = {
  error: 'error',
  warning: 'warning',
  note: 'notice',
  // What is in order is no news.
  ok: undefined,
};

/** What doctor found as annotations of GitHub Actions. */
export function findingAnnotations(findings: readonly Finding[]): string {
  return githubAnnotations(
    findings.flatMap(({ severity, code, message, remedy }): Annotation[] => {
      const level = LEVELS[severity];
      if (level === undefined) return [];
      return [{ level, title: `vnetperf doctor: ${code}`, message: [message, remedy ?? []].flat().join('\n') }];
    }),
  );
}
