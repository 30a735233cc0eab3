// Adds up the reports in JSON that test/batch left in a directory.
//
//   node test/counted-reports.mjs REPORTS FAILED
//
// Prints "passed failed skipped". What failed is appended to the file FAILED, each test with its file, its name and the
// beginning of its message.
import { appendFileSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { stripVTControlCharacters } from 'node:util';

const MESSAGE_LINES = 24;
const LINE_CHARACTERS = 1000;

const [reports, failedFile] = process.argv.slice(2);
const sums = { passed: 0, failed: 0, skipped: 0 };

function tellOf(file, name, message) {
  const lines = stripVTControlCharacters(message).trimEnd().split('\n');
  const ours = lines.filter((line) => !/^ +at .*(node_modules|new Promise)/.test(line));
  const shown = ours.slice(0, MESSAGE_LINES).map((line) => `    ${line.slice(0, LINE_CHARACTERS)}`);
  appendFileSync(failedFile, [`${file}: ${name}`, ...shown, ''].join('\n'));
}

function count(report) {
  sums.passed += report.numPassedTests;
  sums.failed += report.numFailedTests;
  sums.skipped += report.numPendingTests + report.numTodoTests;
  for (const suite of report.testResults) {
    const file = relative(process.cwd(), suite.name);
    for (const test of suite.assertionResults) {
      if (test.status === 'failed') tellOf(file, test.fullName, test.failureMessages.join('\n'));
    }
    // A file that could not be loaded, or a beforeAll, fails without any test of it.
    if (suite.status === 'failed' && suite.message !== '') {
      sums.failed += 1;
      tellOf(file, 'not all of its tests ran', suite.message);
    }
  }
}

for (const name of readdirSync(reports).filter((entry) => entry.endsWith('.json'))) {
  const batch = basename(name, '.json');
  const failedBefore = sums.failed;
  try {
    count(JSON.parse(readFileSync(join(reports, name), 'utf8')));
  } catch (error) {
    sums.failed += 1;
    tellOf(batch, 'this batch came to no report', error.message);
    continue;
  }
  const status = readFileSync(join(reports, `${batch}.status`), 'utf8').trim();
  if (status !== '0' && sums.failed === failedBefore) {
    sums.failed += 1;
    tellOf(batch, `ended with status ${status} although no test failed`, 'Its output says why, above.');
  }
}
console.log(sums.passed, sums.failed, sums.skipped);
