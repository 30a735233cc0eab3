import { describe, expect, it } from 'vitest';
import { doctorOptionTable, parseDoctorArguments } from '../../lib/cli/doctor-arguments.js';
import { diagnosisJson, diagnosisText } from '../../lib/cli/doctor-report.js';
import { helpOn } from '../../lib/cli/help/help-text.js';
import { formatUsageError, UsageError } from '../../lib/cli/usage-error.js';
import type { Finding } from '../../lib/topology/diagnosis/finding.js';

describe('what doctor is asked', () => {
  it('is the machine, a KIND, or two places', () => {
    expect(parseDoctorArguments([])).toEqual({ subject: 'machine', network: {}, json: false, github: false });
    expect(parseDoctorArguments(['ovs-netdev', '--offload', 'tx=on', '-J'])).toEqual({
      subject: 'kind',
      kind: 'ovs-netdev',
      network: { offloads: [{ feature: 'tx', on: true }] },
      json: true,
      github: false,
    });
    expect(parseDoctorArguments(['docker:a', '--docker-host', 'unix:///x', 'host'])).toEqual({
      subject: 'places',
      places: ['docker:a', 'host'],
      network: { engineHost: 'unix:///x' },
      json: false,
      github: false,
    });
    expect(parseDoctorArguments(['bridge', '--help'])).toEqual({ subject: 'help' });
  });

  it.each([
    [['a', 'b', 'c'], "parameter error - what is 'c'?"],
    [['--mtu', '1'], 'parameter error - '],
    [['--no-such'], "unrecognized option '--no-such'"],
  ])('%j is refused in its own name', (argv, words) => {
    const refuse = () => parseDoctorArguments(argv);
    expect(refuse).toThrow(UsageError);
    try {
      refuse();
    } catch (error) {
      const text = formatUsageError(error as UsageError);
      expect(text).toContain(`vnetperf: ${words}`);
      expect(text).toContain('Usage: vnetperf doctor [KIND | A B] [options]');
    }
  });

  it('stands in its help, every option', () => {
    for (const { long } of doctorOptionTable) expect(helpOn(['doctor'])).toContain(`--${long}`);
  });
});

describe('what doctor says', () => {
  const findings: Finding[] = [
    { severity: 'ok', code: 'OK', message: 'no busy core of 2' },
    { severity: 'warning', code: 'W', message: 'slow', remedy: 'Be fast.' },
    { severity: 'error', code: 'E', message: 'broken', remedy: 'Mend it.' },
  ];

  it('begins with the worst, each with its remedy', () => {
    expect(diagnosisText({ head: 'bridge: ...', path: undefined, findings })).toBe(
      [
        'bridge: ...',
        '',
        'error    broken',
        '         remedy: Mend it.',
        'warning  slow',
        '         remedy: Be fast.',
        'ok       no busy core of 2',
      ].join('\n'),
    );
  });

  it('is a document too', () => {
    expect(JSON.parse(diagnosisJson({ head: 'x', path: undefined, findings }))).toEqual({
      subject: 'x',
      findings: [findings[2], findings[1], findings[0]],
    });
  });
});
