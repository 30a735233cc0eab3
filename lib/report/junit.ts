import type { Check, CheckSuite } from './checks/check-suite.js';

/**
 * JUnit's XML, as Jenkins, GitLab, Azure and GitHub's actions read it: valid by the schema of Ant's task and by that of
 * Jenkins, which is why figures are properties of the suite and no attribute stands at the root.
 */
export function junitReport(suites: readonly CheckSuite[]): string {
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<testsuites>',
    ...suites.flatMap(suiteLines),
    '</testsuites>',
    '',
  ].join('\n');
}

function suiteLines(suite: CheckSuite, id: number): string[] {
  const { name, startedAt, seconds, properties, checks, sentences } = suite;
  const count = (element: string) => checks.filter(({ outcome }) => ELEMENTS[outcome] === element).length;
  const attributes = {
    id: `${id}`,
    package: 'vnetperf',
    name,
    timestamp: timestampOf(startedAt),
    // What the schema says to write where the host is not told: a result file has no host's name.
    hostname: 'localhost',
    tests: `${checks.length}`,
    failures: `${count('failure')}`,
    errors: `${count('error')}`,
    time: secondsText(seconds),
  };
  return [
    `  <testsuite${attributesText(attributes)}>`,
    '    <properties>',
    ...properties.map((property) => `      <property${attributesText(property)}/>`),
    '    </properties>',
    ...checks.flatMap(checkLines),
    `    <system-out>${xmlText(sentences.join('\n'))}</system-out>`,
    '    <system-err></system-err>',
    '  </testsuite>',
  ];
}

/** Undecided is no pass: a build that could not tell must not look like one that could. */
const ELEMENTS: Readonly<Record<Check['outcome'], 'failure' | 'error' | undefined>> = {
  passed: undefined,
  measured: undefined,
  failed: 'failure',
  undecided: 'error',
  error: 'error',
};

function checkLines({ name, group, seconds, outcome, sentence }: Check): string[] {
  const opening = `    <testcase${attributesText({ name, classname: group, time: secondsText(seconds) })}`;
  const element = ELEMENTS[outcome];
  if (element === undefined) return [`${opening}/>`];
  return [
    `${opening}>`,
    `      <${element}${attributesText({ message: sentence, type: outcome })}>${xmlText(sentence)}</${element}>`,
    '    </testcase>',
  ];
}

function attributesText(attributes: Readonly<Record<string, string>>): string {
  return Object.entries(attributes)
    .map(([name, value]) => ` ${name}="${xmlAttribute(value)}"`)
    .join('');
}

/** The schema's type has no fraction of a second and no zone: it is UTC. */
function timestampOf(startedAt: string): string {
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/.exec(startedAt)?.[0] ?? '1970-01-01T00:00:00';
}

/** A decimal: XML Schema's has no exponent. */
function secondsText(seconds: number): string {
  return seconds.toFixed(3);
}

function xmlAttribute(text: string): string {
  // A reader makes a space of each of these, unless it is a reference.
  return xmlText(text)
    .replaceAll('"', '&quot;')
    .replaceAll(/[\t\n]/g, (character) => `&#${character.charCodeAt(0)};`);
}

function xmlText(text: string): string {
  return (
    text
      // XML 1.0 has no way to write these, not even as a reference.
      .replaceAll(/[^\P{Cc}\t\n\r\u007f-\u009f]|[\p{Surrogate}\ufffe\uffff]/gu, '\ufffd')
      .replaceAll('&', '&amp;')
      .replaceAll('<', '&lt;')
      .replaceAll('>', '&gt;')
      // Else it would come back as a line feed.
      .replaceAll('\r', '&#13;')
  );
}
