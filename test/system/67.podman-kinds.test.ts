import { describe, expect, it } from 'vitest';
import { podmanMissing, runWithPodman } from '../support/podman-room.js';
import { type NetworkReport, received } from '../support/run-in-engine.js';

const privileged = process.getuid?.() === 0 && (Boolean(process.env.CI) || podmanMissing() === undefined);

describe.runIf(privileged)('networks of podman', () => {
  function report(...words: string[]): NetworkReport {
    const { status, stdout, stderr, left } = runWithPodman(...words, '-t', '1', '-J');
    expect({ status, stderr, left }).toEqual({ status: 0, stderr: '', left: '' });
    return JSON.parse(stdout) as NetworkReport;
  }

  it.each(['docker-bridge', 'docker-host', 'docker-container', 'docker-none'])('%s carries both ways', (kind) => {
    expect(received(report(kind)).bytes).toBeGreaterThan(10_000_000);
    expect(received(report(kind, '-u', '-b', '50M', '-R')).bytes).toBeGreaterThan(3_125_000);
  });

  it('say their hops, and have the MTU that was asked for', () => {
    const { path } = report('docker-bridge', '--mtu', '1400').vnetperf.topology;
    expect(path.pathMtuBytes).toBe(1400);
    expect(path.hops.map(({ namespace }) => namespace)).toEqual(['client', 'engine', 'engine', 'server']);
  });

  it('have no published port of Docker’s', () => {
    const { status, stderr } = runWithPodman('docker-published', '-t', '1');
    expect(status).toBe(1);
    expect(stderr).toContain('docker-published takes no --engine');
  });
});
