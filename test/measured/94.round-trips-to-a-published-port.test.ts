import { describe, expect, it } from 'vitest';
import type { LatencyMeasurement } from '../../lib/traffic/events.js';
import { DockerEngine } from '../support/docker-engine.js';
import { runInEngine } from '../support/run-in-engine.js';

const privileged = process.getuid?.() === 0 && DockerEngine.expected;

interface Outcome {
  latency: LatencyMeasurement;
  stderr: string;
}

describe.runIf(privileged)('round trips to a published port', () => {
  async function report(engine: DockerEngine, ...words: string[]): Promise<Outcome> {
    const { stdout, stderr } = await runInEngine(engine, 'docker-published', ...words, '--latency', '-t', '1', '-J');
    return { latency: JSON.parse(stdout).vnetperf.latency, stderr };
  }

  it('cross NAT rules and the proxy; under load only where the test leaves the port free', async () => {
    await using engine = await DockerEngine.start();
    const [nat, proxy] = [await report(engine), await report(engine, '--userland-proxy', 'on')];
    for (const { latency } of [nat, proxy]) {
      expect(latency.idle.samples).toBeGreaterThan(20);
      expect(latency.loaded!.samples).toBeGreaterThan(20);
    }
    // A process between the ends takes every datagram up and sends it on.
    expect(proxy.latency.idle.percentiles[0]!.microseconds).toBeGreaterThan(
      nat.latency.idle.percentiles[0]!.microseconds,
    );

    const udp = await report(engine, '-u', '-b', '10M');
    expect(udp.latency.idle.samples).toBeGreaterThan(20);
    expect(udp.latency).not.toHaveProperty('loaded');
    expect(udp.stderr).toContain('warning: no round trip times under load: the one UDP port');
  });
});
