import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { defaultSettings, receivePaths, sendPaths, type TestSettings } from '../../lib/configuration/settings.js';
import { decodeParameters, encodeParameters } from '../../lib/protocol/parameters.js';
import { ServerMachine } from '../../lib/protocol/server-machine.js';
import { bytes, cookie, message, parametersOf312 } from '../support/protocol-vectors.js';

const everything: TestSettings = {
  protocol: 'udp',
  direction: 'bidirectional',
  omitSeconds: 2,
  durationSeconds: 0,
  bytes: 1_048_576,
  blocks: 7,
  parallel: 4,
  lengthBytes: 1400,
  rateBitsPerSecond: 1_000_000,
  burst: 10,
  fqRateBitsPerSecond: 2_000_000,
  pacingTimerMicroseconds: 500,
  windowBytes: 65_536,
  mssBytes: 1200,
  noDelay: true,
  mptcp: true,
  tos: 0xb8,
  flowLabel: 0x12345,
  congestion: 'cubic',
  title: 'Tïtle "1"',
  extraData: 'extra',
  getServerOutput: true,
  udpCounters64Bit: true,
  repeatingPayload: true,
  sendPath: 'sendfile',
  receivePath: 'discard',
  batch: 64,
  dontFragment: true,
  gso: true,
  gro: true,
  serverAffinity: 3,
  authToken: 'dG9rZW4=',
};

describe('the parameters of a test', () => {
  it('are those of a 3.21 client, key for key and in its order, when nothing was chosen', () => {
    expect(JSON.stringify(encodeParameters(defaultSettings()))).toBe(
      '{"tcp":true,"omit":0,"time":10,"num":0,"blockcount":0,"parallel":1,"len":131072,"pacing_timer":1000,' +
        '"client_version":"3.21"}',
    );
    const udp: TestSettings = {
      ...defaultSettings(),
      protocol: 'udp',
      durationSeconds: 1,
      lengthBytes: 16_332,
      rateBitsPerSecond: 1_000_000,
    };
    expect(JSON.stringify(encodeParameters(udp))).toBe(
      '{"udp":true,"omit":0,"time":1,"num":0,"blockcount":0,"parallel":1,"len":16332,"bandwidth":1000000,' +
        '"pacing_timer":1000,"gso":0,"gso_dg_size":0,"gso_bf_size":65507,"gro":0,"gro_bf_size":65507,"client_version":"3.21"}',
    );
  });

  it('have every key in its place and of its type when everything was chosen', () => {
    expect(JSON.stringify(encodeParameters(everything))).toBe(
      '{"udp":true,"omit":2,"server_affinity":3,"time":0,"num":1048576,"blockcount":7,"MSS":1200,"nodelay":true,' +
        '"parallel":4,"bidirectional":true,"mptcp":true,"window":65536,"len":1400,"bandwidth":1000000,"fqrate":2000000,' +
        '"pacing_timer":500,"burst":10,"gso":1,"gso_dg_size":1400,"gso_bf_size":64400,"gro":1,"gro_bf_size":65507,' +
        '"TOS":184,"flowlabel":74565,"title":"Tïtle \\"1\\"","extra_data":"extra","congestion":"cubic",' +
        '"get_server_output":1,"udp_counters_64bit":1,"repeating_payload":1,"zerocopy":1,"dont_fragment":1,' +
        '"skip_rx_copy":1,"authtoken":"dG9rZW4=","client_version":"3.21","vnetperf":{"batch":64}}',
    );
  });

  it('never name a 0 that a server would check and refuse', () => {
    const sent = Object.keys(encodeParameters({ ...defaultSettings(), lengthBytes: 0, pacingTimerMicroseconds: 0 }));
    for (const key of ['burst', 'flowlabel', 'MSS', 'window', 'TOS', 'bandwidth', 'fqrate', 'len', 'pacing_timer']) {
      expect(sent).not.toContain(key);
    }
  });

  it('hold UDP segmentation to what every kernel takes in one send: 64 datagrams', () => {
    const small = encodeParameters({ ...everything, lengthBytes: 100 });
    expect(small).toMatchObject({ gso_dg_size: 100, gso_bf_size: 6400 });
    const large = encodeParameters({ ...everything, lengthBytes: 65_507 });
    expect(large).toMatchObject({ gso_dg_size: 65_507, gso_bf_size: 65_507 });
    expect(encodeParameters({ ...everything, lengthBytes: 0 })).toMatchObject({ gso_dg_size: 0, gso_bf_size: 65_507 });
  });

  it('are whole numbers that 64 bits hold, and text that cJSON takes', () => {
    const odd = encodeParameters({
      ...defaultSettings(),
      rateBitsPerSecond: 1536.7,
      bytes: 1e30,
      blocks: Number.NaN,
      title: 'half \ud800 pair',
    });
    expect(odd).toMatchObject({ bandwidth: 1536, blockcount: 0, title: 'half \ufffd pair' });
    expect(BigInt(JSON.stringify(odd.num))).toBeLessThan(2n ** 63n);
  });

  it('come out as they went in', () => {
    const count = fc.integer({ min: 0, max: 2 ** 31 });
    const text = fc.option(fc.string({ unit: 'grapheme', maxLength: 50 }), { nil: undefined });
    const settings = fc.record(
      {
        protocol: fc.constantFrom('tcp' as const, 'udp' as const, 'sctp' as const),
        direction: fc.constantFrom('forward' as const, 'reverse' as const, 'bidirectional' as const),
        omitSeconds: count,
        durationSeconds: count,
        bytes: count,
        blocks: count,
        parallel: count,
        lengthBytes: fc.integer({ min: 1, max: 65_507 }),
        rateBitsPerSecond: count,
        burst: count,
        fqRateBitsPerSecond: count,
        pacingTimerMicroseconds: fc.integer({ min: 1, max: 1_000_000 }),
        windowBytes: count,
        mssBytes: count,
        noDelay: fc.boolean(),
        mptcp: fc.boolean(),
        tos: count,
        flowLabel: count,
        congestion: text,
        title: text,
        extraData: text,
        getServerOutput: fc.boolean(),
        udpCounters64Bit: fc.boolean(),
        repeatingPayload: fc.boolean(),
        sendPath: fc.constantFrom(...sendPaths),
        receivePath: fc.constantFrom(...receivePaths),
        batch: fc.integer({ min: 0, max: 1024 }),
        dontFragment: fc.boolean(),
        serverAffinity: fc.option(count, { nil: undefined }),
        authToken: text,
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(settings, fc.boolean(), fc.boolean(), (chosen, gso, gro) => {
        const asked: TestSettings = { ...defaultSettings(), ...chosen };
        if (asked.protocol === 'udp') Object.assign(asked, { gso, gro });
        const json = JSON.parse(JSON.stringify(encodeParameters(asked)));
        const { settings: got, warnings } = decodeParameters(json);
        expect(got).toEqual({ ...asked, clientVersion: '3.21' });
        expect(warnings).toEqual([]);
      }),
    );
  });

  it('are the defaults where nothing is said', () => {
    expect(decodeParameters({})).toEqual({ settings: defaultSettings(), warnings: [] });
    expect(decodeParameters({ tcp: true, omit: 0, time: 1, parallel: 1, len: 1000 }).settings).toEqual({
      ...defaultSettings(),
      durationSeconds: 1,
      lengthBytes: 1000,
    });
  });

  it('say by a key of ours only what iperf3 has no word for, which takes the nearest that it has', () => {
    const sent = (asked: Partial<TestSettings>) => {
      const { zerocopy, skip_rx_copy, vnetperf } = encodeParameters({ ...defaultSettings(), ...asked });
      return { zerocopy, skip_rx_copy, vnetperf };
    };
    expect(sent({})).toEqual({});
    expect(sent({ sendPath: 'sendfile', receivePath: 'discard' })).toEqual({ zerocopy: 1, skip_rx_copy: 1 });
    expect(sent({ sendPath: 'splice', receivePath: 'mmap', batch: 64 })).toEqual({
      zerocopy: 1,
      vnetperf: { send_path: 'splice', receive_path: 'mmap', batch: 64 },
    });
    expect(sent({ sendPath: 'auto', receivePath: 'auto' })).toEqual({
      zerocopy: 1,
      skip_rx_copy: 1,
      vnetperf: { send_path: 'auto', receive_path: 'auto' },
    });
  });

  it('under our key are believed only as far as they can be', () => {
    const decoded = (vnetperf: unknown, others = {}) => decodeParameters({ ...others, vnetperf } as never);
    const asked = { send_path: 'teleport\u001b[2J', receive_path: 'mmap', batch: 1e300 };
    const { settings, warnings } = decoded(asked, { zerocopy: 1 });
    expect(settings).toEqual({ ...defaultSettings(), sendPath: 'sendfile', receivePath: 'mmap' });
    expect(warnings).toEqual([
      'the peer asked for a send path that this version does not know, sendfile is used',
      'the peer asked for a batch that is not 1 to 1024 datagrams, ignored',
    ]);
    expect(decoded({ send_path: 7, receive_path: ['mmap'], batch: '64' })).toEqual({
      settings: defaultSettings(),
      warnings: [
        'the peer sent vnetperf.send_path as a number and not as a string, ignored',
        'the peer sent vnetperf.receive_path as an array and not as a string, ignored',
        'the peer sent vnetperf.batch as a string and not as a number, ignored',
      ],
    });
    for (const mistaken of [null, true, 'splice', 5, []]) {
      expect(decoded(mistaken).settings).toEqual(defaultSettings());
      expect(decoded(mistaken).warnings).toHaveLength(1);
    }
    for (const batch of [-1, 1025, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(decoded({ batch }).settings.batch).toBe(0);
    }
    expect(decoded({ batch: 2.9, later: {}, __proto__: { send_path: 'splice' } })).toEqual({
      settings: { ...defaultSettings(), batch: 2 },
      warnings: [],
    });
    expect(decoded({ send_path: 'constructor' }).settings.sendPath).toBe('copy');
  });

  it('under our key never make a server throw, nor leave its limits', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.record({ send_path: fc.jsonValue(), batch: fc.double() }), (any, near) => {
        for (const vnetperf of [any, near]) {
          const { settings, warnings } = decodeParameters({ vnetperf } as never);
          expect(sendPaths).toContain(settings.sendPath);
          expect(receivePaths).toContain(settings.receivePath);
          expect(settings.batch >= 0 && settings.batch <= 1024 && Number.isInteger(settings.batch)).toBe(true);
          expect(warnings.length).toBeLessThan(5);
        }
      }),
    );
  });

  it('of one test do not appear in the next', () => {
    const next = { udp: true, time: 1, parallel: 1, len: 1000, bandwidth: 1_000_000 };
    const alone = decodeParameters(next);
    const machine = new ServerMachine();
    machine.receive(bytes(cookie, 0));
    const [first] = machine.receive(message(JSON.stringify(encodeParameters(everything))));
    expect(first).toMatchObject({ type: 'parameters', settings: { ...everything, clientVersion: '3.21' } });
    expect(decodeParameters(next)).toEqual(alone);
    expect(alone.settings).toEqual({
      ...defaultSettings(),
      protocol: 'udp',
      durationSeconds: 1,
      lengthBytes: 1000,
      rateBitsPerSecond: 1_000_000,
    });
  });

  it('are found in any case, the first that fits, and among keys nobody knows', () => {
    const json = JSON.parse('{"UDP":true,"Len":1000,"LEN":2000,"mss":1400,"newKey":{"len":3},"__proto__":{"time":5}}');
    expect(decodeParameters(json)).toMatchObject({
      settings: { protocol: 'udp', lengthBytes: 1000, mssBytes: 1400, durationSeconds: 10 },
      warnings: [],
    });
  });

  it('of a wrong type are absent, with a warning', () => {
    const { settings, warnings } = decodeParameters({
      tcp: 1,
      time: '5',
      parallel: null,
      len: [1000],
      nodelay: 1,
      get_server_output: true,
      title: 7,
      congestion: {},
      gso: 'yes',
    });
    expect(settings).toEqual(defaultSettings());
    expect(warnings.length).toBe(9);
    expect(warnings).toContain('the peer sent time as a string and not as a number, ignored');
    expect(warnings).toContain('the peer sent parallel as null and not as a number, ignored');
    expect(warnings).toContain('the peer sent congestion as an object and not as a string, ignored');
  });

  it('take false as not chosen and cut fractions off', () => {
    const decoded = decodeParameters({ tcp: false, udp: true, nodelay: false, time: 1.9, gso: 0, zerocopy: 2 });
    expect(decoded).toEqual({
      settings: { ...defaultSettings(), protocol: 'udp', durationSeconds: 1, sendPath: 'sendfile' },
      warnings: [],
    });
  });

  it('are -1 where a number does not fit 64 bits, as 3.12 sends it', () => {
    const json = JSON.parse('{"num":18446744073709551615,"time":1e999,"blockcount":-1e30}');
    expect(decodeParameters(json).settings).toMatchObject({ bytes: -1, durationSeconds: -1, blocks: -1 });
  });

  it('of a real 3.12 client are understood', () => {
    expect(decodeParameters(JSON.parse(parametersOf312))).toEqual({
      warnings: [],
      settings: {
        ...defaultSettings(),
        direction: 'reverse',
        durationSeconds: 1,
        mssBytes: 1200,
        noDelay: true,
        windowBytes: 65_536,
        rateBitsPerSecond: 1_000_000,
        tos: 8,
        title: 'ti',
        sendPath: 'sendfile',
        clientVersion: '3.12',
      },
    });
  });
});
