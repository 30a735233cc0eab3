import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type IperfProcess, run, startServer } from '../support/iperf-process.js';
import { LoopbackNamespace } from '../support/loopback-namespace.js';
import { resources } from '../support/process-resources.js';
import { message } from '../support/protocol-vectors.js';
import { type ClientStep, introduce, playClient, tcpParameters } from '../support/scripted-client.js';

const root = process.getuid?.() === 0;
const VANISHED = 'iperf3: the client has unexpectedly closed the connection';

/** What the server was waiting for; undefined: nothing was lost, so nothing is said. */
const deaths: [ClientStep, string | undefined][] = [
  ['connected', undefined],
  [
    'half of the cookie sent',
    'unable to receive cookie at server (while waiting for the cookie: received 20 of 37 bytes',
  ],
  ['cookie sent', `${VANISHED} (while waiting for the parameters: received nothing more)`],
  [
    'half of the parameters sent',
    `${VANISHED} (while waiting for the parameters: received 26 of 77 bytes of a message)`,
  ],
  ['parameters sent', `${VANISHED} (while setting up the test: received nothing more)`],
  ['stream connected', `${VANISHED} (while setting up the test: received nothing more)`],
  ['stream cookie sent', VANISHED],
  ['test running', `${VANISHED} (while the test was running: received nothing more)`],
  ['in mid-test', `${VANISHED} (while the test was running: received nothing more)`],
  ['test end sent (04)', `${VANISHED} (while waiting for the results: received nothing more)`],
  ['half of the results sent', `${VANISHED} (while waiting for the results: received 56 of 237 bytes of a message)`],
  ['results taken', undefined],
  ['goodbye sent (10)', undefined],
];

let network: LoopbackNamespace;
let server: IperfProcess;

/** A test of one block, tried again while the server is busy. */
async function servesAgainAfter(): Promise<number> {
  const before = performance.now();
  for (;;) {
    const { status, stderr } = await run('vnetperf', network.fd, ['-c', '127.0.0.1', '-k', '1', '-i', '0']);
    if (status === 0) return performance.now() - before;
    expect(stderr).toContain('the server is busy');
    expect(performance.now() - before).toBeLessThan(5_000);
    await sleep(50);
  }
}

/** What the server said on stderr while it was done. */
async function saidBy(action: () => Promise<void>): Promise<string> {
  const before = server.stderr.length;
  await action();
  return server.stderr.slice(before);
}

describe.runIf(root)('a client that dies', () => {
  beforeAll(async () => {
    network = new LoopbackNamespace();
    server = await startServer('vnetperf', network.fd);
    await servesAgainAfter();
  });
  afterAll(async () => {
    await server.kill();
    network[Symbol.dispose]();
  });

  it.each(deaths)('closes its connections: %s', async (step, sentence) => {
    const said = await saidBy(async () => {
      for (const connection of await playClient(network.fd, 5201, step)) connection.close();
      await servesAgainAfter();
    });
    if (sentence === undefined) expect(said).toBe('');
    else expect(said).toContain(sentence);
  });

  it.each(deaths)('resets its connections: %s', async (step) => {
    const said = await saidBy(async () => {
      for (const connection of await playClient(network.fd, 5201, step)) connection.reset();
      await servesAgainAfter();
    });
    expect(said).not.toMatch(/errno|undefined|\bat\b.*:\d+:\d+/);
  });

  it('is one document with what was measured from a server under -J, and a stranger is none', async () => {
    await using other = await startServer('vnetperf', network.fd, ['-J'], { port: 5206 });
    for (const step of ['half of the cookie sent', 'cookie sent', 'in mid-test'] as const) {
      const documents = other.stdout.length;
      for (const connection of await playClient(network.fd, 5206, step)) connection.close();
      if (step !== 'half of the cookie sent') {
        await expect.poll(() => other.stdout.length).toBeGreaterThan(documents);
        expect(JSON.parse(other.stdout.slice(documents))).toMatchObject({
          error: expect.stringContaining('the client has unexpectedly closed the connection'),
          end: step === 'in mid-test' ? { sum_received: { bytes: 10_000 } } : {},
        });
      }
    }
    expect(other.stderr).toMatch(/^warning: unable to receive cookie at server \(.*\)\n$/);
  });

  it('fifty times: no descriptor and no thread is left', async () => {
    await servesAgainAfter();
    const before = resources(server.pid);
    for (let round = 0; round < 5; round++) {
      for (const step of deaths.slice(0, 10).map(([name]) => name)) {
        const connections = await playBusily(step);
        for (const connection of connections) round % 2 === 0 ? connection.close() : connection.reset();
      }
    }
    await servesAgainAfter();
    await expect.poll(() => resources(server.pid), { timeout: 5_000 }).toEqual(before);
  });

  /** The one before may not be forgotten yet. */
  async function playBusily(step: ClientStep) {
    const deadline = performance.now() + 5_000;
    for (;;) {
      try {
        return await playClient(network.fd, 5201, step);
      } catch (error) {
        if (performance.now() > deadline) throw error;
        await sleep(10);
      }
    }
  }
});

describe.runIf(root).concurrent('a client that falls silent', () => {
  const silences: [ClientStep, number, RegExp][] = [
    ['cookie sent', 10, /unable to receive parameters from client \(the client has been silent for 10 s/],
    [
      'half of the parameters sent',
      10,
      /unable to receive parameters from client \(the client has been silent for 10 s/,
    ],
    ['parameters sent', 12, /unable to accept stream connection \(0 of 1 came, and no other in 12 s\)/],
    ['stream connected', 12, /unable to accept stream connection \(0 of 1 came, and no other in 12 s\)/],
    ['test end sent (04)', 20, /the client has been silent for 20 s while waiting for the results/],
  ];

  const withDeadline = { timeout: 40_000 };

  it.for(silences)(
    '%s: is given up, and the next one served',
    withDeadline,
    async ([step, seconds, sentence], test) => {
      const { expect } = test;
      using network = new LoopbackNamespace();
      await using server = await startServer('vnetperf', network.fd);
      const connections = await playClient(network.fd, 5201, step);
      const before = performance.now();
      await expect.poll(() => server.stderr, { timeout: (seconds + 5) * 1000 }).toMatch(sentence);
      expect(performance.now() - before).toBeGreaterThan((seconds - 1) * 1000);
      await expect
        .poll(() => run('vnetperf', network.fd, ['-c', '127.0.0.1', '-k', '1', '-i', '0']), { timeout: 5_000 })
        .toMatchObject({ status: 0 });
      for (const connection of connections) connection.close();
    },
  );

  it('never greets over UDP: is given up, and the next one served', withDeadline, async ({ expect }) => {
    using network = new LoopbackNamespace();
    await using server = await startServer('vnetperf', network.fd);
    const control = await introduce(network.fd, 5201);
    control.send(message(JSON.stringify({ ...tcpParameters, tcp: undefined, udp: true, bandwidth: 1e6 })));
    const answer = await control.take(10, 15_000);
    expect([answer[0], answer[1], answer.readInt32BE(2)]).toEqual([0x0a, 0xfe, 204]);
    expect(server.stderr).toMatch(/no UDP datagram of the client came in 12 s\)\n {2}TCP got through, UDP did not/);
    control.close();
    await expect
      .poll(() => run('vnetperf', network.fd, ['-c', '127.0.0.1', '-k', '1', '-i', '0', '-u']), { timeout: 5_000 })
      .toMatchObject({ status: 0 });
  });

  it('before it has shown its cookie holds nobody up', withDeadline, async ({ expect }) => {
    using network = new LoopbackNamespace();
    await using server = await startServer('vnetperf', network.fd);
    const silent = await Promise.all(
      (['connected', 'half of the cookie sent'] as const).map((step) => playClient(network.fd, 5201, step)),
    );
    const { status } = await run('vnetperf', network.fd, ['-c', '127.0.0.1', '-k', '1', '-i', '0']);
    expect(status).toBe(0);
    for (const [connection] of silent) {
      expect(connection?.ended).toBe(false);
      // They are not waited for either.
      expect(await connection?.rest(15_000)).toHaveLength(0);
    }
    expect(server.running).toBe(true);
  });
});
