import { describe, expect, it } from 'vitest';
import { locateCommand } from '../../lib/platform/run-command.js';
import { DOCKER_PATHS, type DockerPath } from '../../lib/topology/options.js';
import { topology } from '../../lib/topology/topology.js';
import { leftBehind, machineState, remaining } from '../support/machine-state.js';
import { bestOf, expectDatagramsToPass, expectGoodput } from '../support/rates-across-hosts.js';
import { received } from '../support/received-on-topology.js';

const installed = ['docker', 'dockerd'].every((program) => locateCommand(program) !== undefined);
const expected = process.getuid?.() === 0 && (Boolean(process.env.CI) || installed);
/** On a busy machine, with an engine or two to start each time. */
const ENGINES_TIMEOUT_MS = 240_000;
/** TCP's payload of the 1538 bytes that a full frame takes of the line. */
const PAYLOAD: Readonly<Record<Exclude<DockerPath, 'E'>, number>> = { A: 1398, B: 1448, C: 1448, D: 1448, F: 1448 };

describe.runIf(expected).each(DOCKER_PATHS)('path %s', (dockerPath) => {
  it('carries TCP and UDP both ways at what its link leaves, and leaves nothing', {
    timeout: ENGINES_TIMEOUT_MS,
  }, async () => {
    const before = machineState();
    const payload = dockerPath === 'E' ? undefined : PAYLOAD[dockerPath];
    {
      await using network = await topology('docker-hosts', { dockerPath, linkRateBitsPerSecond: 1e9 });
      expect(network.times.startUpMs > 0).toBe(dockerPath !== 'C');
      const goodput = payload === undefined ? undefined : (payload / 1538) * 1e9;
      for (const direction of ['forward', 'reverse'] as const) {
        const tcp = () => received(network, { direction, congestion: 'cubic', durationSeconds: 2 });
        if (goodput === undefined) {
          const { bitsPerSecond } = await bestOf(tcp, (run) => run.bitsPerSecond > 1.5e9);
          expect(bitsPerSecond, `TCP ${direction}`).toBeGreaterThan(1.5e9);
        } else {
          await expectGoodput(goodput, tcp);
        }
        const rateBitsPerSecond = Math.round(0.95 * (goodput ?? 1e8));
        await expectDatagramsToPass(rateBitsPerSecond, () =>
          received(network, { direction, protocol: 'udp', rateBitsPerSecond, durationSeconds: 2 }),
        );
      }
    }
    expect(await remaining(() => leftBehind(before))).toEqual([]);
  });
});
