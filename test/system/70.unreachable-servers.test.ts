import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { IperfProcess, run } from '../support/iperf-process.js';
import { LoopbackNamespace } from '../support/loopback-namespace.js';

const root = process.getuid?.() === 0;
const UNABLE =
  'unable to connect to server - server may have stopped running or use a different port, firewall issue, etc.';

describe.runIf(root)('a server that cannot be reached', () => {
  let network: LoopbackNamespace;

  beforeAll(() => {
    network = new LoopbackNamespace();
    // Behind 198.18.0.2 stands an address on the link that nobody has: what is sent there is lost without a word.
    network.run('ip', 'link', 'add', 'lossy', 'type', 'veth', 'peer', 'name', 'nobody');
    network.run('ip', 'address', 'add', '198.18.0.1/24', 'dev', 'lossy');
    network.run('ip', 'link', 'set', 'lossy', 'up');
    network.run('ip', 'link', 'set', 'nobody', 'up');
    network.run('ip', 'neighbour', 'add', '198.18.0.2', 'lladdr', '02:00:00:00:00:02', 'dev', 'lossy');
    network.run('ip', 'route', 'add', 'unreachable', '198.19.1.0/24');
    network.run('ip', 'route', 'add', 'blackhole', '198.19.2.0/24');
    network.run('ip', 'route', 'add', 'prohibit', '198.19.3.0/24');
  });
  afterAll(() => network[Symbol.dispose]());

  async function refused(...args: string[]): Promise<string[]> {
    const { status, stdout, stderr } = await run('vnetperf', network.fd, ['-c', ...args]);
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    return stderr.trimEnd().split('\n');
  }

  it.each([
    [
      'no route',
      ['198.19.0.1'],
      ': Network is unreachable',
      'This machine has no route to 198.19.0.1 port 5201: check the address, and ip route.',
    ],
    [
      'a route that says unreachable',
      ['198.19.1.1'],
      ': No route to host',
      'There is no way to 198.19.1.1 port 5201: check the address, the route and that the host is up.',
    ],
    [
      'a route that throws everything away',
      ['198.19.2.1'],
      ': Invalid argument',
      "This machine's routes throw away what goes to 198.19.2.1 port 5201 (ip route get tells), or a link-local address lacks its interface (fe80::1%eth0).",
    ],
    [
      'a route that is forbidden',
      ['198.19.3.1'],
      ': Permission denied',
      "This machine's own routes or firewall forbid connections to 198.19.3.1 port 5201: see ip route get.",
    ],
    [
      'a closed port',
      ['127.0.0.1', '-p', '5999'],
      ': Connection refused',
      'Nothing listens on 127.0.0.1 port 5999: start a server there with vnetperf -s (or iperf3 -s), or give its port with -p.',
    ],
    [
      'an address that swallows everything',
      ['198.18.0.2', '--connect-timeout', '300'],
      ': Connection timed out',
      'No answer from 198.18.0.2 port 5201 in 0.3 s: check the address, the route and the firewall on the way.',
    ],
    [
      'an address of the other family',
      ['127.0.0.1', '-6'],
      ': Address family for hostname not supported',
      '127.0.0.1 is not an IPv6 address: leave out -6, or give another address.',
    ],
    [
      'a local address that nobody has',
      ['127.0.0.1', '-B', '198.18.77.1'],
      ': Cannot assign requested address',
      'No interface of this machine has the address given with -B: see ip address.',
    ],
    [
      'a local address of the other family',
      ['127.0.0.1', '-B', '::1'],
      ' (127.0.0.1 and ::1 are of different families)',
      'Give -B an address of the family of the server, or -4 or -6 for a server that has both.',
    ],
  ])('%s', async (_, args, reason, remedy) => {
    expect(await refused(...args)).toEqual([`iperf3: error - ${UNABLE}${reason}`, `  ${remedy}`]);
  });

  it('no name at all', async () => {
    expect(await refused('')).toEqual([
      `iperf3: error - ${UNABLE}: Name or service not known`,
      '  Give a name or an address: an empty one is none.',
    ]);
  });

  it('a name that does not resolve', async () => {
    const [sentence, remedy] = await refused('no-such-host.invalid');
    // Which of the two depends on whether this machine has a name server to ask.
    expect(sentence).toMatch(/: (Temporary failure in name resolution|Name or service not known)$/);
    expect(remedy).toBe(
      '  No address is known for no-such-host.invalid: check its spelling and the name server, or give the address itself.',
    );
  });

  it('is given up after ten seconds when nothing answers', { timeout: 20_000 }, async () => {
    const before = performance.now();
    expect(await refused('198.18.0.2')).toEqual([
      `iperf3: error - ${UNABLE}: Connection timed out`,
      '  No answer from 198.18.0.2 port 5201 in 10 s: check the address, the route and the firewall on the way.',
    ]);
    expect(performance.now() - before).toBeLessThan(14_000);
  });

  it('leaves at once when it is interrupted while it waits for an answer', async () => {
    await using client = new IperfProcess('vnetperf', network.fd, ['-c', '198.18.0.2']);
    await expect
      .poll(() => network.run('ss', '-tn', 'state', 'syn-sent'), { timeout: 5_000 })
      .toContain('198.18.0.2:5201');
    const before = performance.now();
    client.signal('SIGINT');
    expect(await client.finished()).toMatchObject({
      status: 0,
      stdout: '',
      stderr: 'iperf3: interrupt - the client has terminated by signal Interrupt(2)\n',
    });
    expect(performance.now() - before).toBeLessThan(2_000);
  });

  it('is one document with the key error under -J', async () => {
    const { status, stdout, stderr } = await run('vnetperf', network.fd, ['-c', '127.0.0.1', '-J']);
    expect({ status, stderr }).toEqual({ status: 1, stderr: '' });
    expect(JSON.parse(stdout)).toMatchObject({
      start: { connected: [], version: expect.stringMatching(/^iperf 3\.21/) },
      intervals: [],
      end: {},
      error: `${UNABLE}: Connection refused`,
      vnetperf: { error: { code: 'ERR_CONNECT', remedy: expect.stringContaining('127.0.0.1 port 5201') } },
    });
  });

  it('is the events error and end under --json-stream', async () => {
    const { status, stdout, stderr } = await run('vnetperf', network.fd, ['-c', '127.0.0.1', '--json-stream']);
    expect({ status, stderr }).toEqual({ status: 1, stderr: '' });
    const events = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(events.map(({ event }) => event)).toEqual(['error', 'vnetperf', 'end']);
    expect(events[0].data).toBe(`${UNABLE}: Connection refused`);
    expect(events[2].data).toEqual({});
  });
});
