import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { deafUdpSocket } from '../support/deaf-udp-socket.js';
import { run } from '../support/iperf-process.js';
import { LoopbackNamespace } from '../support/loopback-namespace.js';
import { playServer, type ServerStep } from '../support/scripted-server.js';

const root = process.getuid?.() === 0;
/** Less than any silence is borne: whoever is gone is noticed, and not waited for. */
const AT_ONCE_SECONDS = 9;
const CLOSED = 'iperf3: error - control socket has closed unexpectedly';

const noServer =
  'Something that is no iperf3 server may listen on this port, or a proxy before one that is gone; check the host and -p.';
const refused =
  'The server refused the test without a word; iperf3 3.21 does so when authorization fails. See what it says itself.';
const firewall =
  'A data stream may not have reached the server: check that a firewall lets its port through, for UDP too.';
const stopped = 'The server may have been stopped or have failed; see what it says itself.';

/** What the client was waiting for when the server went, and what may be the cause. */
const deaths: [ServerStep, string, string][] = [
  ['connection accepted', 'waiting for the server to accept the test', noServer],
  ['cookie taken', 'waiting for the server to accept the test', noServer],
  ['parameters asked for (09)', 'waiting for the server to accept the parameters', refused],
  ['parameters taken', 'waiting for the server to accept the parameters', refused],
  ['streams asked for (0A)', 'connecting the data streams', firewall],
  ['stream accepted', 'connecting the data streams', firewall],
  ['test started (01)', 'waiting for the server to start the test', stopped],
  ['test running (02)', 'the test was running', stopped],
  ['in mid-test', 'the test was running', stopped],
  ['test end taken (04)', 'waiting for the server to end the test', stopped],
  ['results asked for (0D)', 'exchanging results', stopped],
  ['results taken', 'exchanging results', stopped],
  ['half of the results sent', 'exchanging results: received 56 of 237 bytes of a message', stopped],
  ['results sent', 'waiting for the server to close the test', stopped],
];

const afterTheTest: ServerStep[] = [
  'test end taken (04)',
  'results asked for (0D)',
  'results taken',
  'half of the results sent',
  'results sent',
  'all over (0E)',
];

let network: LoopbackNamespace;
beforeAll(() => {
  if (root) network = new LoopbackNamespace();
});
afterAll(() => network?.[Symbol.dispose]());

async function saidWhen(
  until: ServerStep,
  manner: 'closes' | 'resets' | 'is mute' | 'is mute and deaf',
  ...args: string[]
) {
  const server = await playServer(network.fd, until, (control, streams) => {
    if (manner.startsWith('is mute')) return;
    for (const connection of [control, ...streams]) manner === 'closes' ? connection.close() : connection.reset();
    server.close();
  });
  const udp = manner === 'is mute and deaf' ? deafUdpSocket(network.fd, server.port) : undefined;
  try {
    const length = afterTheTest.includes(until) ? ['-n', '1K'] : ['-t', '1', '-b', '1M'];
    const command = ['-c', '127.0.0.1', '-p', String(server.port), ...length, ...args];
    const before = performance.now();
    const { status, stdout, stderr } = await run('vnetperf', network.fd, command, { deadlineMs: 45_000 });
    return { status, stdout, lines: stderr.trimEnd().split('\n'), seconds: (performance.now() - before) / 1000 };
  } finally {
    udp?.close();
    server.close();
  }
}

describe.runIf(root)('a server that closes its connections', () => {
  it.each(deaths)('%s', async (step, phase, remedy) => {
    const { status, lines, seconds } = await saidWhen(step, 'closes');
    expect({ status, lines }).toEqual({
      status: 1,
      lines: [expect.stringContaining(`${CLOSED} (while ${phase}`), `  ${remedy}`],
    });
    expect(seconds).toBeLessThan(AT_ONCE_SECONDS);
  });

  it('all over (0E): the test succeeded', async () => {
    const { status, lines, stdout } = await saidWhen('all over (0E)', 'closes');
    expect({ status, lines }).toEqual({ status: 0, lines: [''] });
    expect(stdout).toContain('iperf Done.');
  });

  it('in mid-test: what was measured so far is in the report', async () => {
    const { status, stdout } = await saidWhen('in mid-test', 'closes', '-J');
    expect(status).toBe(1);
    const { end, error } = JSON.parse(stdout);
    expect(error).toContain('while the test was running');
    expect(end.sum_sent.bytes).toBeGreaterThan(0);
    expect(end.sum_sent.seconds).toBeLessThan(1);
  });
});

describe.runIf(root)('a server that resets its connections', () => {
  // What the kernel throws away with a reset, the client never sees: from the streams on, the phase may be an earlier one.
  it.each(deaths)('%s', async (step) => {
    const { status, lines, seconds } = await saidWhen(step, 'resets');
    expect({ status, lines }).toEqual({
      status: 1,
      lines: [
        expect.stringMatching(/^iperf3: error - (control socket has closed unexpectedly \(while|unable to connect)/),
        expect.stringMatching(/^ {2}[A-Z].*\.$/),
      ],
    });
    expect(seconds).toBeLessThan(AT_ONCE_SECONDS);
  });
});

describe.runIf(root).concurrent('a server that falls silent', () => {
  const silences: [ServerStep, number, string][] = [
    ['connection accepted', 10, 'waiting for the server to accept the test'],
    ['parameters taken', 10, 'waiting for the server to accept the parameters'],
    ['stream accepted', 20, 'connecting the data streams'],
    ['test started (01)', 10, 'waiting for the server to start the test'],
    ['in mid-test', 20, 'waiting for the server to end the test'],
    ['results taken', 20, 'exchanging results'],
    ['half of the results sent', 20, 'exchanging results'],
    ['results sent', 20, 'waiting for the server to close the test'],
  ];

  it('is given up after ten or twenty seconds, at whatever step', { timeout: 60_000 }, async () => {
    const said = await Promise.all(
      silences.map(async ([step]) => {
        const { status, lines, seconds } = await saidWhen(step, 'is mute');
        const sentence = lines[0]?.replace(/port \d+/, 'port N');
        return { step, status, sentence, remedy: lines[1], inTime: seconds < 32 };
      }),
    );
    const notIperf = '  Make sure that an iperf3 or vnetperf server listens on that port, and not something else.';
    const hangs = '  The server hangs, or nothing gets through any more: see what the server says itself.';
    expect(said).toEqual(
      silences.map(([step, seconds, phase]) => ({
        step,
        status: 1,
        sentence: `iperf3: error - the server at 127.0.0.1 port N has been silent for ${seconds} s while ${phase}`,
        remedy: step === 'connection accepted' ? notIperf : hangs,
        inTime: true,
      })),
    );
  });

  it('all over (0E): the test succeeded', async () => {
    expect(await saidWhen('all over (0E)', 'is mute')).toMatchObject({ status: 0, lines: [''] });
  });

  it('does not answer the UDP greeting', { timeout: 30_000 }, async () => {
    const { status, lines, seconds } = await saidWhen('streams asked for (0A)', 'is mute and deaf', '-u');
    expect({ status, lines }).toEqual({
      status: 1,
      lines: [
        expect.stringMatching(
          /^iperf3: error - unable to read from stream socket \(no answer on the UDP stream to 127\.0\.0\.1 port \d+ in 15 s\)$/,
        ),
        '  TCP got through, UDP did not: open the same port for UDP as well (in Docker: -p PORT:PORT/udp).',
      ],
    });
    expect(seconds).toBeLessThan(28);
  });

  it('has no UDP port', async () => {
    const { status, lines, seconds } = await saidWhen('streams asked for (0A)', 'is mute', '-u');
    expect({ status, lines }).toEqual({
      status: 1,
      lines: [
        expect.stringMatching(
          /^iperf3: error - unable to read from stream socket: Connection refused \(UDP stream to /,
        ),
        expect.stringMatching(
          /^ {2}Nothing receives UDP on 127\.0\.0\.1 port \d+: open the port for UDP as well as TCP/,
        ),
      ],
    });
    expect(seconds).toBeLessThan(AT_ONCE_SECONDS);
  });

  it('goes while the client waits for the answer to its UDP greeting', async () => {
    const { status, lines, seconds } = await saidWhen('streams asked for (0A)', 'closes', '-u');
    expect({ status, first: lines[0] }).toMatchObject({ status: 1, first: expect.stringContaining(CLOSED) });
    expect(seconds).toBeLessThan(AT_ONCE_SECONDS);
  });
});
