import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ParsedCommand, parseOptions } from '../../lib/cli/parse-options.js';
import { formatUsageError, UsageError } from '../../lib/cli/usage-error.js';
import { checkCores, formatCoreList, parseCoreList, parsePin } from '../../lib/configuration/cores.js';
import { resolveClient } from '../../lib/configuration/resolve-client.js';
import type { TestSettings } from '../../lib/configuration/settings.js';
import { refusedRuns } from '../support/refused-command-lines.js';

function parse(line: string): ParsedCommand {
  return parseOptions(line.split(' '), {});
}

function printed(line: string): string {
  try {
    parse(line);
  } catch (error) {
    expect(error).toBeInstanceOf(UsageError);
    return formatUsageError(error as UsageError);
  }
  throw new Error(`${line} was accepted`);
}

describe('--pin', () => {
  it.each<[string, object]>([
    ['-c h --pin 0,2', { own: { pin: { client: [0, 2], server: [] } }, configuration: { cores: [0, 2] } }],
    [
      '-c h --pin 0,2:1',
      {
        own: { pin: { client: [0, 2], server: [1] } },
        configuration: { cores: [0, 2], settings: { serverAffinity: 1 } },
      },
    ],
    ['-c h --pin :1', { configuration: { cores: [], settings: { serverAffinity: 1 } } }],
    ['--pin 3 -s', { own: { pin: { client: [], server: [3] } }, configuration: { cores: [3] } }],
    ['-s --pin :3', { own: { pin: { server: [3] } }, configuration: { cores: [3] } }],
    ['-c h --pin auto', { own: { pin: 'auto' }, configuration: { cores: [] } }],
    ['-c h -A 1 --pin off', { own: { pin: 'off' }, configuration: { cores: [] } }],
    ['run veth --pin 0,2:1,3', { own: { pin: { client: [0, 2], server: [1, 3] } }, configuration: { cores: [0, 2] } }],
    ['run veth --pin 0:', { own: { pin: { client: [0], server: [] } } }],
    ['run veth -A 0,1', { own: { pin: { client: [0], server: [1] } }, configuration: { cores: [0] } }],
    ['-c h -A 2', { own: { pin: { client: [2], server: [] } }, configuration: { cores: [2] } }],
    ['-s -A 2', { own: { pin: { client: [], server: [2] } }, configuration: { cores: [2] } }],
    ['-c h', { own: {}, configuration: { cores: [] } }],
  ])('%s', (line, expected) => {
    expect(parse(line)).toMatchObject(expected);
  });

  it.each([
    ['-c h --pin x', "'x' is not a list of cores"],
    ['-c h --pin 0,', "'0,' is not a list of cores"],
    ['-c h --pin 3-1', "'3-1' is not a list of cores"],
    ['-c h --pin 99999', "'99999' is not a list of cores"],
    ['-c h --pin 0:1:2', 'more than two sides'],
    ['-c h --pin :', 'names no core'],
    ['-c h --pin 0:1,2', 'a client can ask the server for one core only'],
    ['-s --pin 0:1', 'a server pins only itself'],
    ['run veth --pin 0', 'does not say which side it is for'],
  ])('%s is refused', (line, reason) => {
    expect(printed(line)).toContain(reason);
  });

  it('core lists take ranges and keep their order', () => {
    expect(parseCoreList('4,0-2')).toEqual([4, 0, 1, 2]);
    expect(parsePin('2-3:0', undefined)).toEqual({ client: [2, 3], server: [0] });
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat({ max: 300 }), { minLength: 1 }), (cores) => {
        const sorted = [...cores].sort((a, b) => a - b);
        expect(parseCoreList(cores.join(','))).toEqual(cores);
        expect(parseCoreList(formatCoreList(cores))).toEqual(sorted);
      }),
    );
  });

  it('cores that this process may not use are named, and those that it may', () => {
    expect(() => checkCores([0, 1], [0, 1, 2])).not.toThrow();
    expect(() => checkCores([], [])).not.toThrow();
    expect(() => checkCores([0, 9], [0, 1, 2, 5])).toThrow(
      expect.objectContaining({
        iperf3Number: 132,
        errno: 22,
        message:
          'unable to set CPU affinity: Invalid argument ' +
          '(core 9 is not one that this process may use; it may use 0-2,5)',
      }),
    );
  });
});

describe('paths', () => {
  it.each<[string, object]>([
    ['-c h -Z', { sendPath: 'sendfile', receivePath: 'copy' }],
    ['-c h --send-path zerocopy', { sendPath: 'zerocopy' }],
    ['-c h -Z --send-path copy', { sendPath: 'copy' }],
    ['-c h --send-path copy -Z', { sendPath: 'sendfile' }],
    ['-c h --skip-rx-copy', { sendPath: 'copy', receivePath: 'discard' }],
    ['-c h --skip-rx-copy --receive-path mmap', { receivePath: 'mmap' }],
    ['-c h --receive-path mmap --skip-rx-copy', { receivePath: 'discard' }],
    ['-c h --receive-path auto', { receivePath: 'auto' }],
    // Of what the server does, this side's file says nothing.
    ['-c h -R -F /etc/hostname --send-path splice', { sendPath: 'splice' }],
    ['-c h -F /etc/hostname --skip-rx-copy', { receivePath: 'discard' }],
    ['-c h --bidir -F /etc/hostname --send-path auto --receive-path auto', { sendPath: 'auto', receivePath: 'auto' }],
    ['-c h -m -Z', { sendPath: 'sendfile', mptcp: true }],
    ['-c h -u --batch 1', { batch: 1 }],
  ])('%s', (line, settings) => {
    expect(parse(line)).toMatchObject({ configuration: { settings } });
  });

  it.each([
    ['-c h --send-path fast', '--send-path fast is not a path (choose from copy, sendfile, splice, zerocopy, auto)'],
    ['-c h --send-path discard', '--send-path discard is not a path (choose from'],
    ['-c h --receive-path splice', '--receive-path splice is not a path (choose from copy, discard, mmap, auto)'],
    ['-c h --send-path', "option '--send-path' requires an argument"],
    ['-c h -u --send-path splice', '--send-path splice is for TCP; UDP always copies'],
    ['-c h --receive-path mmap -u', '--receive-path mmap is for TCP; UDP always copies'],
    [
      '-c h --sctp --send-path zerocopy --receive-path mmap',
      '--send-path zerocopy --receive-path mmap is for TCP; SCTP cannot have it',
    ],
    ['-c h -m --send-path splice', '--send-path splice is for TCP; Multipath TCP cannot have it'],
    ['-c h --sctp --receive-path discard', '--receive-path discard is for TCP; SCTP always receives by copy'],
    ['-c h --receive-path discard --sctp', '--receive-path discard is for TCP; SCTP always receives by copy'],
    ['-c h -F /etc/hostname --send-path splice', '--send-path splice sends what is in memory, and -F sends a file'],
    ['-c h -F /tmp/x -R --skip-rx-copy', '--receive-path discard (--skip-rx-copy) leaves nothing that -F could write'],
    ['-c h -F /tmp/x --bidir --receive-path mmap', '--receive-path mmap leaves nothing that -F could write'],
    ['-c h --batch 4', '--batch counts datagrams, and TCP has none'],
    ['-c h -u --batch 0', 'a batch of 0 datagrams is not possible (min = 1, max = 1024)'],
    ['-c h -u --batch 1025', 'a batch of 1025 datagrams is not possible'],
    ['-c h -u --batch many', 'a batch of many datagrams is not possible'],
    ['-c h --gro', '--gro is for UDP'],
    ['-c h --sctp --gso --gro', '--gso is for UDP'],
    ['-s --batch 4', 'some option you are trying to set is client only'],
  ])('%s', (line, message) => {
    expect(printed(line)).toContain(message);
  });

  it('of datagrams are refused without UDP in the library too', () => {
    const resolved = (settings: Partial<TestSettings>) => resolveClient({ host: 'h', settings }).settings;
    expect(() => resolved({ gso: true })).toThrow(expect.objectContaining({ code: 'ERR_OFFLOAD' }));
    expect(() => resolved({ gro: true, protocol: 'sctp' })).toThrow('--gro is for UDP');
    expect(resolved({ gso: true, protocol: 'udp' })).toMatchObject({ gso: true, gro: false });
    // Nobody can tell it from iperf3's --gsro.
    expect(resolved({ gso: true, gro: true })).toMatchObject({ protocol: 'tcp' });
  });
});

describe('run', () => {
  it('takes a KIND and the options of a client', () => {
    expect(parse('run bridge -t 2 -u -P 4 -J --mtu 9000 --dry-run')).toMatchObject({
      kind: 'run',
      topologyKind: 'bridge',
      run: { dryRun: true, mtuBytes: 9000, ipv6: false },
      configuration: { role: 'client', host: '', settings: { protocol: 'udp', durationSeconds: 2, parallel: 4 } },
    });
  });

  it('takes the KIND anywhere', () => {
    expect(parse('run -t 2 veth')).toMatchObject({ topologyKind: 'veth' });
    expect(parse('run -- veth')).toMatchObject({ topologyKind: 'veth' });
  });

  it('--ipv6 is -6', () => {
    expect(parse('run veth --ipv6')).toMatchObject({ run: { ipv6: true }, configuration: { family: 6 } });
    expect(parse('run veth')).toMatchObject({ run: { ipv6: false }, configuration: { family: undefined } });
  });

  it('takes wishes for the network', () => {
    expect(
      parse(
        'run docker-published --endpoints 4 --offload tx=off,gro=on --offload tso=off --rps 0,2-3 --subnet 198.18.8.0/21 ' +
          '--image web:1 --engine podman --docker-host unix:///x.sock --userland-proxy on --ovs-db unix:/db.sock -p 5300',
      ),
    ).toMatchObject({
      port: 5300,
      run: {
        endpoints: 4,
        offloads: [
          { feature: 'tx', on: false },
          { feature: 'gro', on: true },
          { feature: 'tso', on: false },
        ],
        rpsCores: [0, 2, 3],
        subnet: '198.18.8.0/21',
        image: 'web:1',
        engine: 'podman',
        engineHost: 'unix:///x.sock',
        userlandProxy: true,
        ovsDatabase: 'unix:/db.sock',
      },
    });
    expect(parse('run veth')).toMatchObject({ port: undefined, run: { dryRun: false, ipv6: false } });
  });

  const usage = "\n\nUsage: vnetperf run KIND [options]\nTry `vnetperf --help' for more information.";

  it.each([
    ['run', 'parameter error - run needs the kind of network to build, for example: vnetperf run veth'],
    ['run -t 2', 'parameter error - run needs the kind of network to build, for example: vnetperf run veth'],
    ['run veth bridge', "parameter error - run builds one network: what is 'bridge'?"],
    ['run veth -c h', 'parameter error - run is client and server in one: leave out -c and -s'],
    ['run veth -s', 'parameter error - run is client and server in one: leave out -c and -s'],
    ['run veth -t -1', 'parameter error - test duration valid values are 0 to 86400 seconds'],
    ['run veth --mtu 67', 'parameter error - MTU 67 is not possible (min = 68, max = 65535 bytes)'],
    ['run veth --mtu 65536', 'parameter error - MTU 65536 is not possible (min = 68, max = 65535 bytes)'],
    ['run veth --mtu x', 'parameter error - MTU 0 is not possible (min = 68, max = 65535 bytes)'],
    ...refusedRuns.map(([line, message]) => [line, `parameter error - ${message}`]),
    ['run veth --nonsense', "unrecognized option '--nonsense'"],
  ])('%s is refused in its own name', (line, message) => {
    expect(printed(line)).toBe(`vnetperf: ${message}${usage}`);
  });
});

describe('operands', () => {
  it('of a client or server are ignored, as iperf3 ignores them', () => {
    expect(parse('-c h something')).toMatchObject({ kind: 'client', warnings: [] });
    expect(parse('something -s')).toMatchObject({ kind: 'server', warnings: [] });
  });

  it('alone are a command that does not exist', () => {
    expect(printed('veth -t 1')).toMatch(
      /^iperf3: parameter error - there is no command 'veth' \(to build a network and measure it: vnetperf run veth\)\n\n/,
    );
  });
});
