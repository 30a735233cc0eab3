import { TopologyError } from '../../errors.js';
import type { Finding } from './finding.js';

/** A network on which nothing may be measured. Speaks of the first error found, and carries all findings. */
export class PathError extends TopologyError {
  override readonly name = 'PathError';
  readonly findings: readonly Finding[];

  constructor(first: Finding, findings: readonly Finding[], cause?: unknown) {
    super(first.message, { code: first.code, remedy: first.remedy, cause });
    this.findings = findings;
  }
}
