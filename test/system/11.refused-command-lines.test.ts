import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { refusedCommandLines, refusedRuns } from '../support/refused-command-lines.js';

const program = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

function vnetperf(line: string) {
  const argv = line.split(' ').filter((word) => word !== '');
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...argv], {
    encoding: 'utf8',
    timeout: 10_000,
    env: { ...process.env, IPERF3_PASSWORD: undefined },
  });
  return { status, stdout, stderr };
}

describe('the program, asked for what is beyond a limit', () => {
  it.each(refusedCommandLines)('%s', (line, _, message) => {
    expect(vnetperf(line)).toEqual({
      status: 1,
      stdout: '',
      stderr: `iperf3: parameter error - ${message}

Usage: vnetperf [-s|-c host] [options]
Try \`vnetperf --help' for more information.
`,
    });
  });
});

describe('run, asked for a network that cannot be', () => {
  it.each(refusedRuns)('%s', (line, message) => {
    expect(vnetperf(line)).toEqual({
      status: 1,
      stdout: '',
      stderr: `vnetperf: parameter error - ${message}

Usage: vnetperf run KIND [options]
Try \`vnetperf --help' for more information.
`,
    });
  });

  it.each([
    ['run loopback --endpoints 2', 'loopback takes no --endpoints'],
    ['run bridge --image web', 'bridge takes no --image'],
    ['run nat --userland-proxy off', 'nat takes no --userland-proxy'],
    ['run veth --rps 8191', 'core 8191 cannot receive packets: this machine has '],
  ])('%s', (line, message) => {
    const { status, stdout, stderr } = vnetperf(line);
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    const [sentence, remedy, ...more] = stderr.trimEnd().split('\n');
    expect(sentence).toContain(`vnetperf: ${message}`);
    expect(remedy).toMatch(/^ {2}(Leave|Choose)/);
    expect(more).toEqual([]);
  });
});
