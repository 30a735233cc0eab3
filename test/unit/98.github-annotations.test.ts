import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findingAnnotations } from '../../lib/cli/outcome/finding-annotations.js';
import { gateComparison } from '../../lib/gate/comparison-gate.js';
import { checksMarkdown } from '../../lib/report/checks/checks-markdown.js';
import { comparisonChecks } from '../../lib/report/checks/comparison-checks.js';
import { sectionsOf } from '../../lib/report/comparison/section-of.js';
import { type Annotation, checkAnnotations, githubAnnotations } from '../../lib/report/github.js';
import { comparisonResult } from '../support/comparison-fixture.js';

/** As GitHub's runner reads a line: the command, its properties, the message; then it undoes the escapes. */
function readByRunner(line: string): Annotation | undefined {
  const match = /^::(error|warning|notice) title=([^:,]*)::(.*)$/.exec(line);
  if (match === null) return undefined;
  const message = (text: string) => text.replaceAll('%0D', '\r').replaceAll('%0A', '\n').replaceAll('%25', '%');
  const title = message(match[2]!.replaceAll('%3A', ':').replaceAll('%2C', ','));
  return { level: match[1] as Annotation['level'], title, message: message(match[3]!) };
}

describe('annotations of GitHub Actions', () => {
  it('come back as they were, a line each, whatever stands in them', () => {
    const text = fc.string({ unit: fc.constantFrom(...'ab:,%\n\r ü=2A0D'.split(''), '::', '::error::', '%0A', '%25') });
    const level = fc.constantFrom('error', 'warning', 'notice');
    fc.assert(
      fc.property(fc.array(fc.record({ level, title: text, message: text })), (annotations) => {
        const printed = githubAnnotations(annotations as Annotation[]);
        const lines = printed.split('\n').slice(0, -1);
        // A carriage return is a control character: another machine's text moves no cursor here.
        const kept = (words: string) => words.replaceAll('\r', '?');
        expect(lines.map(readByRunner)).toEqual(
          annotations.map((one) => ({ ...one, title: kept(one.title), message: kept(one.message) })),
        );
      }),
    );
  });

  it('are an error for what failed, a warning for what is undecided, and one notice with what was found', () => {
    const result = comparisonResult();
    const sections = sectionsOf([{ path: '', content: 'comparison', result }]);
    const gate = gateComparison(result, [
      { ratio: 0.95, cell: 'ovs pin=off' },
      { ratio: 0.5, cell: 'docker-bridge pin=auto' },
      { ratio: result.analysis.contrasts[2]!.ratio!, cell: 'ovs pin=auto' },
    ]);
    const suites = sections.map((section) => comparisonChecks(section, gate));
    const annotations = checkAnnotations(suites);
    expect(annotations.map(({ level, title }) => [level, title])).toEqual([
      ['error', 'ovs pin=off against docker-bridge pin=off (failed)'],
      ['warning', 'ovs pin=auto against docker-bridge pin=off (undecided)'],
      ['notice', `vnetperf ${result.command.join(' ')}`],
    ]);
    expect(annotations.at(-1)!.message).toContain(result.analysis.sentences[0]);
  });

  it('have a summary as a table that no text can break out of', () => {
    const hostile = { name: 'a|b', group: '', seconds: 0, outcome: 'failed' as const, sentence: '<script>\n| x |' };
    const suite = { name: '# head', startedAt: '', seconds: 0, properties: [], checks: [hostile], sentences: [] };
    const lines = checksMarkdown([suite]).trimEnd().split('\n');
    expect(lines).toHaveLength(5);
    expect(lines[0]).toBe('### \\# head');
    expect(lines[4]).toBe('| a\\|b | failed | &lt;script&gt; \\| x \\| |');
  });
});

describe('findings of a doctor', () => {
  it('are annotations by their severity, with the remedy below; what is in order is none', () => {
    const findings = [
      {
        severity: 'error',
        code: 'ERR_PATH_MTU',
        message: 'path MTU 1450, 100 % lost',
        remedy: 'ip link set eth0 mtu 1450',
      },
      { severity: 'warning', code: 'BUSY', message: 'busy' },
      { severity: 'note', code: 'NOTE', message: 'small buffers' },
      { severity: 'ok', code: 'OK', message: 'reachable' },
    ] as const;
    const lines = findingAnnotations(findings).split('\n').slice(0, -1);
    expect(lines[0]).toBe(
      '::error title=vnetperf doctor%3A ERR_PATH_MTU::path MTU 1450, 100 %25 lost%0Aip link set eth0 mtu 1450',
    );
    expect(lines.map(readByRunner)).toMatchObject([{ level: 'error' }, { level: 'warning' }, { level: 'notice' }]);
  });
});
