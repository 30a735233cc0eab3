import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { refusedCommandLines } from '../support/refused-command-lines.js';

const program = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

describe('the program, asked for what is beyond a limit', () => {
  it.each(refusedCommandLines)('%s', (line, _, message) => {
    const argv = line.split(' ').filter((word) => word !== '');
    const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...argv], {
      encoding: 'utf8',
      timeout: 10_000,
      env: { ...process.env, IPERF3_PASSWORD: undefined },
    });
    expect({ status, stdout, stderr }).toEqual({
      status: 1,
      stdout: '',
      stderr: `iperf3: parameter error - ${message}

Usage: vnetperf [-s|-c host] [options]
Try \`vnetperf --help' for more information.
`,
    });
  });
});
