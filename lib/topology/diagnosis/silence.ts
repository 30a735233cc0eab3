import type { NativeAddon } from '../../platform/native.js';
import { examinePath } from './examine-path.js';
import type { Finding } from './finding.js';
import { pathFindings } from './path-findings.js';
import { filtered } from './reach-findings.js';
import type { OpenNamespaces, Subject } from './subject.js';

/** Why a test moved nothing: what has happened to the path since it was verified, or what only the test's packets meet. */
export async function explainSilence(subject: Subject, open: OpenNamespaces, native: NativeAddon): Promise<Finding[]> {
  const facts = await examinePath(subject, open, native, { inquire: true });
  const errors = pathFindings(facts).filter(({ severity }) => severity === 'error');
  if (errors.length > 0) return errors;
  const filter = facts.evidence.map(filtered).find((cause) => cause !== undefined);
  return [
    {
      severity: 'error',
      code: 'ERR_NOTHING_ARRIVED',
      message:
        `nothing of the test arrived, although ${subject.kind} still carries connections and packets of its MTU` +
        (filter === undefined ? '' : `: ${filter.message}`),
      remedy:
        filter?.remedy ?? 'Try it longer (-t), with smaller packets (-M, -l), and see what drops with: nstat -az.',
    },
  ];
}
