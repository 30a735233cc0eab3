// Fails a build when throughput drops. A figure from last week's machine says nothing about this one: what is new runs
// here beside what it is held against, in blocks of random order, and only a difference that is no chance counts.
// On the command line: vnetperf compare ... --fail-below 0.9, which ends with a status of its own where that stays open.
//
//   node ci-gate.mjs                 the network as it is against the one that is proposed: status 1 when that is slower
//   node ci-gate.mjs gso=off tso=off
import { writeFileSync } from 'node:fs';
import { formatResult, gateComparison, runComparison } from 'vnetperf';

const LEAST_RATIO = 0.9;

const offloads = process.argv.slice(2).map((word) => {
  const [feature, state] = word.split('=');
  return { feature, on: state === 'on' };
});
// A fixed amount is done in a fraction of a second; both ends on the same cores in every run.
const measured = { kind: 'bridge', settings: { bytes: 500e6 }, pin: 'auto' };

const result = await runComparison({
  tests: [
    { ...measured, name: 'now' },
    { ...measured, name: 'proposed', topology: { offloads } },
  ],
  blocks: 4,
});
writeFileSync('throughput.html', formatResult(result, 'html'));
console.log(formatResult(result, 'text'));

const gate = gateComparison(result, [{ ratio: LEAST_RATIO }]);
for (const { outcome, sentence } of gate.contrasts) console.log(`${outcome}: ${sentence}`);
// The third outcome is 'undecided': too few blocks or too much noise to tell. It is let through here, and said above;
// `gate.outcome !== 'passed'` would stop it too.
if (gate.outcome === 'failed') process.exitCode = 1;
