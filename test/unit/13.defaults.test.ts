import { describe, expect, it } from 'vitest';
import { type ParsedClient, type ParsedServer, parseOptions } from '../../lib/cli/parse-options.js';
import { resolveClient } from '../../lib/configuration/resolve-client.js';
import { resolveServer } from '../../lib/configuration/resolve-server.js';
import { defaultSettings } from '../../lib/configuration/settings.js';

function client(...argv: string[]): ParsedClient {
  const parsed = parseOptions(argv, {});
  if (parsed.kind !== 'client') throw new Error(`${parsed.kind} is no client`);
  return parsed;
}

function server(...argv: string[]): ParsedServer {
  const parsed = parseOptions(argv, {});
  if (parsed.kind !== 'server') throw new Error(`${parsed.kind} is no server`);
  return parsed;
}

const common = {
  port: 5201,
  family: undefined,
  bindHost: undefined,
  bindDevice: undefined,
  intervalSeconds: 1,
  cores: [],
  filePath: undefined,
  receiveTimeoutMs: 120_000,
  sendTimeoutMs: 0,
  controlKeepalive: undefined,
  pidFilePath: undefined,
  sctpBindAddresses: [],
  debugLevel: 0,
  output: { mode: 'text', jsonStreamFullOutput: false, verbose: false, format: 'a', forceFlush: false },
};

describe('what nobody asked for', () => {
  it('-c host', () => {
    expect(client('-c', 'host')).toEqual({
      kind: 'client',
      own: {},
      notices: [],
      warnings: [],
      configuration: {
        ...common,
        role: 'client',
        host: 'host',
        hostDevice: undefined,
        settings: { ...defaultSettings(), lengthBytes: 131_072, rateBitsPerSecond: 0, durationSeconds: 10 },
        connectTimeoutMs: undefined,
        clientPort: undefined,
        credentials: undefined,
        sctpStreams: undefined,
      },
    });
  });

  it('-c host -u: 1 Mibit/s, and the datagram size is left to the path', () => {
    const { settings } = client('-c', 'host', '-u').configuration;
    expect(settings).toEqual({
      ...defaultSettings(),
      protocol: 'udp',
      lengthBytes: 0,
      rateBitsPerSecond: 1_048_576,
    });
  });

  it('-c host -u -b 0 is unlimited', () => {
    expect(client('-c', 'host', '-u', '-b', '0').configuration.settings.rateBitsPerSecond).toBe(0);
  });

  it('-c host --sctp', () => {
    expect(client('-c', 'host', '--sctp').configuration.settings).toMatchObject({
      protocol: 'sctp',
      lengthBytes: 65_536,
      rateBitsPerSecond: 0,
    });
  });

  it('-s', () => {
    expect(server('-s').configuration).toEqual({
      ...common,
      role: 'server',
      daemon: false,
      oneOff: false,
      maxClients: 1,
      bitrateLimitBitsPerSecond: 0,
      bitrateLimitWindowSeconds: 5,
      idleTimeoutSeconds: undefined,
      maxDurationSeconds: 0,
      authentication: undefined,
    });
  });

  it('is the same for users of the library', () => {
    expect(resolveClient({ host: 'host' })).toEqual(client('-c', 'host').configuration);
    expect(resolveClient({ host: 'host', port: undefined, settings: { tos: undefined } })).toEqual(
      client('-c', 'host').configuration,
    );
    expect(resolveServer({})).toEqual(server('-s').configuration);
  });
});

describe('what each option sets', () => {
  const settings: [string[], object][] = [
    [['-u'], { protocol: 'udp' }],
    [['-b', '10M'], { rateBitsPerSecond: 10_000_000, burst: 0 }],
    [['-b', '10M/5'], { rateBitsPerSecond: 10_000_000, burst: 5 }],
    [['--bitrate', '1.5G'], { rateBitsPerSecond: 1_500_000_000 }],
    [['--bandwidth', '1K'], { rateBitsPerSecond: 1000 }],
    [['--pacing-timer', '2K'], { pacingTimerMicroseconds: 2048 }],
    [['--fq-rate', '1G'], { fqRateBitsPerSecond: 1_000_000_000 }],
    [['--fq-rate', '1G', '--no-fq-socket-pacing'], { fqRateBitsPerSecond: 0 }],
    [['-t', '5'], { durationSeconds: 5 }],
    [['-t', '0'], { durationSeconds: 0 }],
    [['-n', '1M'], { bytes: 1_048_576, durationSeconds: 0 }],
    [['-k', '5'], { blocks: 5, durationSeconds: 0 }],
    [['-n', '0', '-t', '5'], { bytes: 0, durationSeconds: 5 }],
    [['-l', '64K'], { lengthBytes: 65_536 }],
    [['-l', '0'], { lengthBytes: 131_072 }],
    [['-P', '128'], { parallel: 128 }],
    [['-R'], { direction: 'reverse' }],
    [['--bidir'], { direction: 'bidirectional' }],
    [['-w', '256K'], { windowBytes: 262_144 }],
    [['-C', 'reno'], { congestion: 'reno' }],
    [['-M', '1400'], { mssBytes: 1400 }],
    [['-N'], { noDelay: true }],
    [['-S', '0x10'], { tos: 16 }],
    [['--dscp', 'ef'], { tos: 184 }],
    [['-L', '0xfffff'], { flowLabel: 0xf_ffff }],
    [['-Z'], { sendPath: 'sendfile' }],
    [['--skip-rx-copy'], { receivePath: 'discard' }],
    // iperf3 takes them with UDP, where they do nothing.
    [['-u', '-Z', '--skip-rx-copy'], { sendPath: 'sendfile', receivePath: 'discard' }],
    [['-Z', '--send-path', 'splice'], { sendPath: 'splice' }],
    [['--send-path', 'splice', '-Z'], { sendPath: 'sendfile' }],
    [['--receive-path', 'mmap'], { receivePath: 'mmap' }],
    [[], { sendPath: 'copy', receivePath: 'copy', batch: 0 }],
    [['--send-path', 'auto', '--receive-path', 'auto'], { sendPath: 'auto', receivePath: 'auto' }],
    [['-u', '--send-path', 'auto'], { sendPath: 'auto' }],
    [['-u', '--batch', '1024'], { batch: 1024 }],
    [['-O', '600'], { omitSeconds: 600, durationSeconds: 10 }],
    [['-T', 'name'], { title: 'name' }],
    [['--extra-data', 'data'], { extraData: 'data' }],
    [['--get-server-output'], { getServerOutput: true }],
    [['--udp-counters-64bit'], { udpCounters64Bit: true }],
    [['--gsro'], { gso: true, gro: true }],
    [['-u', '--gso'], { gso: true, gro: false }],
    [['-u', '--gro'], { gso: false, gro: true }],
    [['--repeating-payload'], { repeatingPayload: true }],
    [['--dont-fragment'], { dontFragment: true }],
    [['-m'], { mptcp: true }],
    [['-A', '2,3'], { serverAffinity: 3 }],
    // 3.21 would set the rate to 3 bit/s as well.
    [['--nstreams', '3'], { rateBitsPerSecond: 0 }],
  ];

  it.each(settings)('%j', (argv, expected) => {
    expect(client('-c', 'host', ...argv).configuration.settings).toMatchObject(expected);
  });

  const configuration: [string[], object][] = [
    [['-p', '1'], { port: 1 }],
    [['-f', 'M'], { output: { format: 'M' } }],
    [['-f', 'kbytes'], { output: { format: 'k' } }],
    [['-i', '0'], { intervalSeconds: 0 }],
    [['-i', '0.1'], { intervalSeconds: 0.1 }],
    [['-i', '60'], { intervalSeconds: 60 }],
    [['-I', 'file'], { pidFilePath: 'file' }],
    [['-A', '2'], { cores: [2] }],
    [['-A', '0x3,4'], { cores: [3] }],
    [['-B', '198.18.0.1'], { bindHost: '198.18.0.1', bindDevice: undefined }],
    [['-B', '198.18.0.1%eth0'], { bindHost: '198.18.0.1', bindDevice: 'eth0' }],
    [['-B', 'fe80::1%eth0'], { bindHost: 'fe80::1%eth0', bindDevice: undefined }],
    [['--bind-dev', 'eth1'], { bindDevice: 'eth1' }],
    [['-V'], { output: { verbose: true } }],
    [['-J'], { output: { mode: 'json' } }],
    [['--json-stream'], { output: { mode: 'json-stream', jsonStreamFullOutput: false } }],
    [['--json-stream', '--json-stream-full-output'], { output: { mode: 'json-stream', jsonStreamFullOutput: true } }],
    [['--json-stream-full-output'], { output: { mode: 'text' } }],
    [['--logfile', 'log'], { output: { logFilePath: 'log' } }],
    [['--forceflush'], { output: { forceFlush: true } }],
    [['--timestamps'], { output: { timestampFormat: '%c ' } }],
    [['--timestamps=%T '], { output: { timestampFormat: '%T ' } }],
    [['-R', '--rcv-timeout', '100'], { receiveTimeoutMs: 100 }],
    [['--bidir', '--rcv-timeout', '86400000'], { receiveTimeoutMs: 86_400_000 }],
    [['--snd-timeout', '0'], { sendTimeoutMs: 0 }],
    [['--snd-timeout', '86400000'], { sendTimeoutMs: 86_400_000 }],
    [['--cntl-ka'], { controlKeepalive: { idleSeconds: 0, intervalSeconds: 0, count: 0 } }],
    [['--cntl-ka=20/5/3'], { controlKeepalive: { idleSeconds: 20, intervalSeconds: 5, count: 3 } }],
    [['--cntl-ka=10//3'], { controlKeepalive: { idleSeconds: 10, intervalSeconds: 0, count: 3 } }],
    [['--cntl-ka=/5/3'], { controlKeepalive: { idleSeconds: 0, intervalSeconds: 5, count: 3 } }],
    [['-4'], { family: 4 }],
    [['-4', '-6'], { family: 6 }],
    [['-d'], { debugLevel: 4 }],
    [['--debug=2'], { debugLevel: 2 }],
    [['--debug=-1'], { debugLevel: 4 }],
    [['--debug=9'], { debugLevel: 4 }],
    [['-X', 'a', '-X', 'b'], { sctpBindAddresses: ['a', 'b'] }],
    [['--cport', '65535'], { clientPort: 65_535 }],
    [['--nstreams', '3'], { sctpStreams: 3 }],
    [['--connect-timeout', '1K'], { connectTimeoutMs: 1024 }],
    [['-F', '/etc/hostname', '-t', '3'], { filePath: '/etc/hostname', settings: { bytes: 0, durationSeconds: 3 } }],
  ];

  it.each(configuration)('%j', (argv, expected) => {
    expect(client('-c', 'host', ...argv).configuration).toMatchObject(expected);
  });

  const ofServer: [string[], object][] = [
    [['-D'], { daemon: true }],
    [['-1'], { oneOff: true }],
    [['--server-bitrate-limit', '1G'], { bitrateLimitBitsPerSecond: 1e9, bitrateLimitWindowSeconds: 5 }],
    [['--server-bitrate-limit', '1G/0.5'], { bitrateLimitBitsPerSecond: 1e9, bitrateLimitWindowSeconds: 0.5 }],
    [['--server-bitrate-limit', '1G/0'], { bitrateLimitWindowSeconds: 0 }],
    [['--idle-timeout', '1'], { idleTimeoutSeconds: 1 }],
    [['--idle-timeout', '86400'], { idleTimeoutSeconds: 86_400 }],
    [['--server-max-duration', '86400'], { maxDurationSeconds: 86_400 }],
    [['--rcv-timeout', '100'], { receiveTimeoutMs: 100 }],
    [['-A', '1'], { cores: [1] }],
    [['--cport', '1'], { role: 'server' }],
    [['-m'], { role: 'server' }],
    [['--use-pkcs1-padding'], { authentication: undefined }],
  ];

  it.each(ofServer)('-s %j', (argv, expected) => {
    expect(server('-s', ...argv).configuration).toMatchObject(expected);
  });
});

describe('host names', () => {
  it.each([
    ['host', { host: 'host', hostDevice: undefined, bindDevice: undefined }],
    ['host%eth0', { host: 'host', hostDevice: undefined, bindDevice: 'eth0' }],
    ['fe80::1%eth0', { host: 'fe80::1', hostDevice: 'eth0', bindDevice: undefined }],
    ['fd00:198:18::2%eth0', { host: 'fd00:198:18::2', hostDevice: undefined, bindDevice: 'eth0' }],
    ['host%', { host: 'host%', hostDevice: undefined, bindDevice: undefined }],
  ])('%s', (text, expected) => {
    expect(client('-c', text).configuration).toMatchObject(expected);
  });
});

describe('-F without -t, -n or -k', () => {
  const size = () => 12_345;

  it('ends with the file on a client that sends it', () => {
    expect(resolveClient({ host: 'h', filePath: 'f' }, size).settings).toMatchObject({
      bytes: 12_345,
      durationSeconds: 0,
    });
  });

  it('changes nothing on a client that receives it, or for a file without a size', () => {
    const settings = { direction: 'reverse' } as const;
    expect(resolveClient({ host: 'h', filePath: 'f', settings }, size).settings.bytes).toBe(0);
    expect(resolveClient({ host: 'h', filePath: 'f' }, () => undefined).settings).toMatchObject({
      bytes: 0,
      durationSeconds: 10,
    });
  });
});

describe('help and version', () => {
  it('come before whatever is wrong behind them, and after what is wrong before', () => {
    expect(parseOptions(['-h', '-p', '0'])).toEqual({ kind: 'help', command: 'iperf3' });
    expect(parseOptions(['run', '--help'])).toEqual({ kind: 'help', command: 'run' });
    expect(parseOptions(['--version'])).toEqual({ kind: 'version' });
    expect(parseOptions(['-v'])).toEqual({ kind: 'version' });
    expect(() => parseOptions(['-p', '0', '-h'])).toThrow('port number');
  });
});
