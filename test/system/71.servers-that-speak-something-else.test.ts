import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run } from '../support/iperf-process.js';
import { LoopbackNamespace } from '../support/loopback-namespace.js';
import { message } from '../support/protocol-vectors.js';
import { emptyResults, playServer, type ServerStep } from '../support/scripted-server.js';

const root = process.getuid?.() === 0;
const UNKNOWN = 'received an unknown control message (ensure other side is iperf3 and not iperf)';
const RESULTS = 'unable to receive results';

let network: LoopbackNamespace;
beforeAll(() => {
  if (root) network = new LoopbackNamespace();
});
afterAll(() => network?.[Symbol.dispose]());

/** What a client of half a second says to a server that answers so after that step. */
async function saidTo(until: ServerStep, answer: (number | string | Uint8Array)[], ...args: string[]) {
  const server = await playServer(network.fd, until, (control) => {
    control.send(...answer);
    control.finish();
  });
  try {
    const command = ['-c', '127.0.0.1', '-p', String(server.port), '-n', '1K', ...args];
    const before = performance.now();
    const { status, stdout, stderr } = await run('vnetperf', network.fd, command);
    await server.played;
    expect(performance.now() - before).toBeLessThan(5_000);
    return { status, stdout, lines: stderr.trimEnd().split('\n') };
  } finally {
    server.close();
  }
}

describe.runIf(root)('a port that speaks something else', () => {
  const other = '  Something else than an iperf3 server answers on this port; check the host and -p.';

  it.each([
    ['HTTP', ['HTTP/1.1 400 Bad Request\r\n\r\n'], '"HTTP/1.1 400 Bad Request"'],
    ['SSH', ['SSH-2.0-OpenSSH_9.2\r\n'], '"SSH-2.0-OpenSSH_9.2"'],
    ['a mail server', ['220 mail.example ESMTP\r\n'], '"220 mail.example ESMTP"'],
    ['noise', [Buffer.from('8f3a00b7c1d2e3f4a5b6', 'hex')], 'bytes 8f 3a 00 b7 c1 d2 e3 f4 ...'],
    ['a state that is not its turn', [0x02], 'bytes 02'],
    ['much noise', [Buffer.alloc(200_000, 0x55)], `"${'U'.repeat(40)}..."`],
  ])('%s', async (_, answer, seen) => {
    const { status, stdout, lines } = await saidTo('cookie taken', answer);
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(lines).toEqual([
      `iperf3: error - ${UNKNOWN} (while waiting for the server to accept the test: received ${seen})`,
      other,
    ]);
  });

  it('is one document with the key error under -J', async () => {
    const { status, stdout, lines } = await saidTo('cookie taken', ['HTTP/1.1 400 Bad Request\r\n\r\n'], '-J');
    expect({ status, lines }).toEqual({ status: 1, lines: [''] });
    expect(JSON.parse(stdout)).toMatchObject({
      end: {},
      error: expect.stringContaining('"HTTP/1.1 400 Bad Request"'),
      vnetperf: { error: { code: 'ERR_UNKNOWN_MESSAGE', remedy: other.trim() } },
    });
  });

  it('an iperf3 server that loses its step', async () => {
    const { status, lines } = await saidTo('test running (02)', [0x0e]);
    expect(status).toBe(1);
    expect(lines).toEqual([
      expect.stringMatching(/unknown control message .* \(while .*: received bytes 0e\)$/),
      '  The server is out of step with this test; restart it, and check what stands between the two.',
    ]);
  });
});

describe.runIf(root)('a server that refuses', () => {
  const see = '  See what the server says about it.';

  it('is busy', async () => {
    const { status, lines } = await saidTo('cookie taken', [0xff]);
    expect({ status, lines }).toEqual({
      status: 1,
      lines: [
        'iperf3: error - the server is busy running a test. try again later',
        '  Wait for the test in progress to end, or use a server on another port (-p).',
      ],
    });
  });

  it.each([
    ['an error number and an errno', [0xfe, 0, 0, 0, 124, 0, 0, 0, 1], 'unable to set socket buffer size', 1],
    ['an error number alone, as up to 3.12', [0xfe, 0, 0, 0, 142], 'test authorization failed', 0],
    ['a number of a newer iperf3', [0xfe, 0, 0, 3, 231, 0, 0, 0, 0], 'int_errno=999', 0],
  ])('with %s', async (_, answer, text, errno) => {
    const { status, lines } = await saidTo('parameters taken', answer);
    const reason = errno === 0 ? ['', ''] : [', errno: Operation not permitted', ': Operation not permitted'];
    expect({ status, lines }).toEqual({
      status: 1,
      lines: [`iperf3: SERVER ERROR - ${text}${reason[0]}`, `iperf3: error - ${text}${reason[1]}`, see],
    });
  });

  it('without saying why', async () => {
    const { status, lines } = await saidTo('parameters taken', [0xfe]);
    expect(status).toBe(1);
    expect(lines.slice(-2)).toEqual([
      'iperf3: error - control socket has closed unexpectedly (while waiting for the server to accept the parameters: the server reported an error without saying which)',
      see,
    ]);
  });

  it('has one key error under -J, where iperf3 writes it twice', async () => {
    const { status, stdout } = await saidTo('parameters taken', [0xfe, 0, 0, 0, 27, 0, 0, 0, 0], '-J');
    expect(status).toBe(1);
    expect(stdout.match(/"error":\t"/g)).toHaveLength(1);
    expect(JSON.parse(stdout).error).toBe('total required bandwidth is larger than server limit');
  });
});

describe.runIf(root)('results that cannot be used', () => {
  const shorter = (name: string) => {
    const { [name]: _, ...rest } = JSON.parse(emptyResults);
    return message(JSON.stringify(rest));
  };
  const streams = (change: object) => {
    const { streams, ...rest } = JSON.parse(emptyResults);
    return message(JSON.stringify({ ...rest, streams: [{ ...streams[0], ...change }] }));
  };

  it.each([
    ['no JSON', message('results!'), `${RESULTS} (the server's message is not JSON)`],
    ['no object', message('[]'), `${RESULTS} (the server's message is not a JSON object)`],
    ['nested too deep', message('['.repeat(5000)), `${RESULTS} (the server's message is nested more than 1000 deep)`],
    ['empty', Buffer.alloc(4), `${RESULTS} (the server's message is empty)`],
    [
      'announced with more than could be',
      Buffer.from('7fffffff', 'hex'),
      `${RESULTS} (the server's message is announced with 2147483647 bytes, more than the 67108864 allowed)`,
    ],
    [
      'without the CPU share',
      shorter('cpu_util_total'),
      `${RESULTS} (the peer's results have no usable cpu_util_total)`,
    ],
    ['without streams', shorter('streams'), `${RESULTS} (the peer's results have no usable streams)`],
    ['with bytes as text', streams({ bytes: '0' }), `${RESULTS} (the peer's results have no usable streams[0].bytes)`],
    [
      'with half of a pair',
      streams({ omitted_packets: undefined }),
      `${RESULTS} (the peer's results have no usable streams[0].omitted_packets)`,
    ],
    ['of a stream that is not there', streams({ id: 7 }), 'stream has an invalid id (stream 7 in the results)'],
  ])('%s', async (_, results, sentence) => {
    const { status, lines } = await saidTo('results taken', [results, 0x0e]);
    expect(status).toBe(1);
    expect(lines).toContain(`iperf3: error - ${sentence}`);
    expect(lines.at(-1)).toMatch(/^ {2}[A-Z].*\.$/);
  });

  it('leave what this side measured in the document', async () => {
    const { status, stdout } = await saidTo('results taken', [message('results!'), 0x0e], '-J');
    expect(status).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      end: { sum_sent: { bytes: 1024 } },
      error: `${RESULTS} (the server's message is not JSON)`,
    });
  });

  it('do not matter any more once the test is over', async () => {
    const late = [message(emptyResults), 0x0e, 0xfe, 0, 0, 0, 27, 0, 0, 0, 0];
    const { status, stdout, lines } = await saidTo('results taken', late);
    expect({ status, lines }).toEqual({ status: 0, lines: [''] });
    expect(stdout).toContain('iperf Done.');
  });
});
