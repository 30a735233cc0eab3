import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { locateCommand } from '../../lib/platform/run-command.js';
import { LabCommands } from '../support/lab-command.js';
import { bestOf, expectDatagramsToPassOver, expectShareOfLink, receivedRate } from '../support/rates-across-hosts.js';

const root = process.getuid?.() === 0;
const docker =
  Boolean(process.env.CI) || ['docker', 'dockerd'].every((program) => locateCommand(program) !== undefined);

/** Payload of a full packet of what it takes on the line: the ends' MTU, the tunnel's headers, 38 of Ethernet. */
const SHARES = { 'ovs-vxlan': 1398 / 1538, weave: 1324 / 1464, 'docker-overlay': 1398 / 1538 };
/** 1376 bytes of the end's packet, 62 of headers around it, 38 of Ethernet. */
const SLEEVE_GOODPUT_AT_1_GBIT = (1324 / 1476) * 1e9;

let lab: LabCommands;
beforeEach(() => {
  lab = new LabCommands();
});
afterEach(() => lab.dispose());

describe.runIf(root).each(Object.entries(SHARES).filter(([kind]) => docker || kind !== 'docker-overlay'))(
  'run %s over 1 Gbit/s, or what its switches keep up with',
  { timeout: 300_000 },
  (kind, share) => {
    const over = (linkMbit: number, ...options: string[]) =>
      receivedRate(lab, kind, '--link-rate', `${linkMbit}mbit`, ...options);

    it.each([
      ['client to server', []],
      ['server to client', ['-R']],
    ])('is as fast as the arithmetic says, %s', async (_, options) => {
      await expectShareOfLink(share, (linkMbit) => over(linkMbit, '-C', 'cubic', '-O', '1', ...options));
    });

    it('loses next to nothing of datagrams at 95 % of that', async () => {
      await expectDatagramsToPassOver(
        (linkMbit) => Math.round(0.95 * share * linkMbit * 1e6),
        (linkMbit, rate) => over(linkMbit, '-u', '-b', `${rate}`),
      );
    });
  },
);

describe.runIf(root)('run weave --weave-path sleeve over 1 Gbit/s', { timeout: 120_000 }, () => {
  it('is no faster than the arithmetic says, and not half as slow', async () => {
    const { bitsPerSecond } = await bestOf(
      () => receivedRate(lab, 'weave', '--weave-path', 'sleeve', '--link-rate', '1gbit', '-C', 'cubic'),
      (run) => run.bitsPerSecond > 0.5 * SLEEVE_GOODPUT_AT_1_GBIT,
    );
    expect(bitsPerSecond).toBeGreaterThan(0.5 * SLEEVE_GOODPUT_AT_1_GBIT);
    expect(bitsPerSecond).toBeLessThan(1.015 * SLEEVE_GOODPUT_AT_1_GBIT);
  });
});
