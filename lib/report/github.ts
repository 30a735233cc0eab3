import type { Check, CheckSuite } from './checks/check-suite.js';
import { printable } from './printable.js';

/** What GitHub Actions makes annotations of. */
export interface Annotation {
  /** How GitHub marks it. */
  level: 'error' | 'warning' | 'notice';
  /** One line, in bold. */
  title: string;
  /** May have several lines. */
  message: string;
}

const LEVELS: Readonly<Record<Check['outcome'], 'error' | 'warning' | undefined>> = {
  passed: undefined,
  measured: undefined,
  failed: 'error',
  undecided: 'warning',
  error: 'error',
};

/**
 * An annotation for whatever failed or could not be decided, and one notice for each suite with what was found: GitHub
 * shows no more than ten of a kind for a step.
 */
export function checkAnnotations(suites: readonly CheckSuite[]): Annotation[] {
  return suites.flatMap(({ name, checks, sentences }) => {
    const wrong = checks.flatMap(({ name: title, outcome, sentence }): Annotation[] => {
      const level = LEVELS[outcome];
      return level === undefined ? [] : [{ level, title: `${title} (${outcome})`, message: sentence }];
    });
    const passed = checks.flatMap(({ outcome, sentence }) => (outcome === 'passed' ? [sentence] : []));
    const found = [...passed, ...sentences];
    return found.length === 0 ? wrong : [...wrong, { level: 'notice', title: name, message: found.join('\n') }];
  });
}

/** Commands of a workflow, a line each: `::error title=...::...`. Printed on either stream, GitHub shows them at the run. */
export function githubAnnotations(annotations: readonly Annotation[]): string {
  return annotations
    .map(({ level, title, message }) => `::${level} title=${escapedProperty(title)}::${escapedMessage(message)}\n`)
    .join('');
}

/** The runner reads a command up to the end of its line, and undoes these. */
function escapedMessage(text: string): string {
  return printable(text).replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

/** A colon ends the properties, a comma one of them. */
function escapedProperty(text: string): string {
  return escapedMessage(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
