import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { analyse } from '../../lib/compare/verdict/analyse.js';
import { gateComparison } from '../../lib/gate/comparison-gate.js';
import type { CheckSuite } from '../../lib/report/checks/check-suite.js';
import { comparisonChecks } from '../../lib/report/checks/comparison-checks.js';
import { testChecks } from '../../lib/report/checks/test-checks.js';
import { sectionsOf } from '../../lib/report/comparison/section-of.js';
import { junitReport } from '../../lib/report/junit.js';
import { ATest } from '../support/a-test.js';
import { comparisonResult } from '../support/comparison-fixture.js';
import { junitFlaw, readXml, type XmlElement } from '../support/junit-document.js';
import { failedRun } from '../support/synthetic-comparison.js';

function read(suites: readonly CheckSuite[]): XmlElement {
  const root = readXml(junitReport(suites));
  expect(junitFlaw(root)).toBeUndefined();
  return root;
}

const named = (element: XmlElement, name: string) => element.children.filter((child) => child.name === name);
const outcome = (testcase: XmlElement) => [testcase.attributes.name, ...testcase.children.map(({ name }) => name)];

describe('the JUnit file of a comparison', () => {
  const result = comparisonResult();
  const [section] = sectionsOf([{ path: 'compare-4821.json', content: 'comparison', result }]);

  it('has a test case a cell and a limited ratio; undecided is an error, not a pass', () => {
    const limits = [
      { ratio: 0.5 },
      { ratio: 0.95, cell: 'ovs pin=off' },
      // Somewhere inside its interval.
      { ratio: result.analysis.contrasts[2]!.ratio!, cell: 'ovs pin=auto' },
    ];
    const root = read([comparisonChecks(section!, gateComparison(result, limits))]);
    const [suite] = root.children;
    expect(suite!.attributes).toMatchObject({
      name: `vnetperf ${result.command.join(' ')}`,
      timestamp: '2026-11-21T08:00:00',
      tests: '9',
      failures: '1',
      errors: '1',
      time: (result.runs.length * 5.8).toFixed(3),
    });
    expect(named(suite!, 'testcase').map(outcome)).toEqual([
      ['docker-bridge pin=off'],
      ['docker-bridge pin=off (A/A)'],
      ['docker-bridge pin=auto'],
      ['ovs pin=off'],
      ['ovs pin=auto'],
      ['docker-bridge pin=auto against docker-bridge pin=off'],
      ['ovs pin=off against docker-bridge pin=off', 'failure'],
      ['ovs pin=auto against docker-bridge pin=off', 'error'],
      ['ovs pin=auto against ovs pin=off'],
    ]);
    const [failure] = named(suite!, 'testcase').flatMap(({ children }) => children);
    expect(failure!.text).toMatch(/^ovs pin=off reaches 0\.\d+ of docker-bridge pin=off \(.*\), below 0\.95\.$/);
    expect(failure!.attributes).toEqual({ message: failure!.text, type: 'failed' });
    expect(named(suite!, 'system-out')[0]!.text).toBe(result.analysis.sentences.join('\n'));
    const properties = new Map(
      named(suite!, 'properties')[0]!.children.map(({ attributes: { name, value } }) => [name, value]),
    );
    expect(properties.get('docker-bridge pin=auto against docker-bridge pin=off: ratio')).toBe(
      `${result.analysis.contrasts[0]!.ratio}`,
    );
    expect(properties.get('ovs pin=off: median bits per second')).toBe(
      `${result.analysis.cells[3]!.medianBitsPerSecond}`,
    );
  });

  it('has an error for a cell that could not be measured', () => {
    const runs = result.runs.map((run) =>
      run.cell === 'c4' ? failedRun('c4', run.block, 'no <packet> crossed') : run,
    );
    const broken = { ...result, runs, analysis: analyse(result.plan, runs) };
    const sections = sectionsOf([{ path: '', content: 'comparison', result: broken }]);
    const [suite] = read(sections.map((one) => comparisonChecks(one))).children;
    expect(suite!.attributes).toMatchObject({ tests: '5', failures: '0', errors: '1' });
    const [cell] = named(suite!, 'testcase').filter(({ attributes }) => attributes.name === 'ovs pin=off');
    expect(cell!.children).toMatchObject([
      { name: 'error', attributes: { message: 'could not be measured: no <packet> crossed' } },
    ]);
  });
});

describe('the JUnit file of a test', () => {
  const about = { name: 'vnetperf run veth', startedAt: '2026-11-21T08:00:00.500Z', seconds: 1.25 };

  it('has its figures as properties', () => {
    const end = new ATest('client').end();
    const [suite] = read([testChecks({ ...about, end })]).children;
    expect(suite!.attributes).toMatchObject({ tests: '1', failures: '0', errors: '0', time: '1.250' });
    const properties = named(suite!, 'properties')[0]!.children.map(({ attributes }) => attributes.name);
    expect(properties).toEqual(expect.arrayContaining(['protocol', 'received from the client: bits per second']));
    expect(named(suite!, 'system-out')[0]!.text).toBe('received from the client: 8.39 Mbits/sec');
  });

  it('has an error where it failed, whatever it has for figures', () => {
    const error = { message: 'the server said "<no>"', remedy: 'Ask & wait.' };
    const [suite] = read([testChecks({ ...about, error })]).children;
    expect(suite!.attributes).toMatchObject({ tests: '1', errors: '1' });
    expect(named(suite!, 'testcase')[0]!.children[0]!.text).toBe('the server said "<no>". Ask & wait.');
  });
});

describe('a JUnit file', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string({
      unit: fc.constantFrom(
        '<',
        '>',
        '&',
        '"',
        "'",
        ']',
        ';',
        '#',
        ' ',
        '\n',
        '\r',
        '\t',
        '\u0000',
        '\ud800',
        '\ufffe',
        'ü',
        '😀',
      ),
    }),
  );
  /** What XML has no way to write becomes the mark for that. */
  const kept = (words: string) =>
    words.replaceAll(/[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/gu, '\ufffd');
  const check = fc.record({
    name: text,
    group: text,
    seconds: fc.double({ min: 0, max: 1e9, noNaN: true }),
    outcome: fc.constantFrom('passed', 'failed', 'undecided', 'measured', 'error'),
    sentence: text,
  });
  const suite = fc.record({
    name: text,
    startedAt: fc.oneof(text, fc.constant('2026-11-21T08:00:00.000Z')),
    seconds: fc.double({ min: 0, max: 1e9, noNaN: true }),
    properties: fc.array(fc.record({ name: fc.constant('p'), value: text }), { maxLength: 3 }),
    checks: fc.array(check, { maxLength: 4 }),
    sentences: fc.array(text, { maxLength: 3 }),
  });

  it('is valid, and gives every text back, whatever stands in it', () => {
    fc.assert(
      fc.property(fc.array(suite, { maxLength: 3 }), (suites) => {
        const root = read(suites as CheckSuite[]);
        root.children.forEach((element, index) => {
          const { name, checks, properties, sentences } = suites[index]!;
          expect(element.attributes.name).toBe(kept(name));
          expect(named(element, 'system-out')[0]!.text).toBe(kept(sentences.join('\n')));
          expect(named(element, 'properties')[0]!.children.map(({ attributes }) => attributes.value)).toEqual(
            properties.map(({ value }) => kept(value)),
          );
          named(element, 'testcase').forEach(({ attributes, children }, at) => {
            expect(attributes).toMatchObject({ name: kept(checks[at]!.name), classname: kept(checks[at]!.group) });
            for (const child of children) {
              expect(child.text).toBe(kept(checks[at]!.sentence));
              expect(child.attributes.message).toBe(kept(checks[at]!.sentence));
            }
          });
        });
      }),
    );
  });
});
