import { describe, expect, it } from 'vitest';
import { helpText } from '../../lib/cli/help.js';
import { iperf3Options } from '../../lib/cli/iperf3-options.js';
import { bothEndsOptions, ownOptions, runOptions } from '../../lib/cli/own-options.js';
import { versionText } from '../../lib/cli/version.js';
import { packageVersion } from '../../lib/platform/package-version.js';
import { kinds } from '../../lib/topology/kinds.js';

describe('--help', () => {
  const text = helpText('iperf3');

  it.each([...iperf3Options, ...ownOptions, ...bothEndsOptions].map(({ long, short }) => [long, short] as const))(
    'explains --%s',
    (long, short) => {
      const spelling = short === undefined || ['bandwidth', 'linux-congestion'].includes(long) ? '' : `-${short}, `;
      expect(text).toMatch(new RegExp(`^ +${spelling}--${long}[ =[]`, 'm'));
    },
  );

  it('explains no option that does not exist', () => {
    const known = new Set([...iperf3Options, ...ownOptions, ...bothEndsOptions, ...runOptions].map(({ long }) => long));
    for (const command of ['iperf3', 'run'] as const) {
      for (const [, long] of helpText(command).matchAll(/--([a-z][a-z0-9-]+)/g)) expect(known).toContain(long);
    }
  });

  it('of run explains what only run has, and the kinds', () => {
    for (const { long } of runOptions) expect(helpText('run')).toContain(`--${long}`);
    for (const kind of kinds.keys()) expect(helpText('run')).toContain(`\n  ${kind} `);
  });

  it('fits a terminal', () => {
    for (const command of ['iperf3', 'run'] as const) {
      for (const line of helpText(command).split('\n')) expect(line.length, line).toBeLessThanOrEqual(100);
    }
  });
});

describe('--version', () => {
  it('begins as iperf3 does, names vnetperf, and lists the features', () => {
    const lines = versionText('Linux host 6.1.0 #1 SMP x86_64').split('\n');
    expect(lines).toEqual([
      `iperf 3.21 (vnetperf ${packageVersion()})`,
      'Linux host 6.1.0 #1 SMP x86_64',
      expect.stringMatching(/^Optional features available: CPU affinity setting, .*authentication.*/),
    ]);
    expect(packageVersion()).toMatch(/^\d+\.\d+\.\d+/);
  });
});
