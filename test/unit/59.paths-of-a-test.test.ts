import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { defaultSettings, receivePaths, sendPaths, type TestSettings } from '../../lib/configuration/settings.js';
import { pathLines } from '../../lib/report/path-lines.js';
import { choosePaths } from '../../lib/traffic/choose-paths.js';
import type { StreamFacts } from '../../lib/traffic/events.js';
import { peerPathWarnings, unusedPathWarnings } from '../../lib/traffic/path-warnings.js';
import { ATest } from '../support/a-test.js';
import { facts, streamFacts } from '../support/run-facts.js';

const AUTO = { sendPath: 'auto', receivePath: 'auto' } as const;

function chosen(asked: Partial<TestSettings>, file?: 'regular' | 'stream') {
  return choosePaths({ ...defaultSettings(), ...asked }, file);
}

describe('the path that is chosen', () => {
  it('by auto copies nothing, and says why', () => {
    expect(chosen(AUTO)).toEqual({
      send: { path: 'splice', reason: 'the pages are handed over, not copied' },
      receive: { path: 'discard', reason: 'the kernel drops what came, not copied' },
    });
  });

  it.each<[string, Partial<TestSettings>, 'regular' | 'stream' | undefined, string, string]>([
    ['a file', {}, 'regular', 'sendfile', 'copy'],
    ['a pipe', {}, 'stream', 'copy', 'copy'],
    ['UDP', { protocol: 'udp' }, undefined, 'copy', 'copy'],
    ['SCTP', { protocol: 'sctp' }, undefined, 'copy', 'copy'],
    ['Multipath TCP', { mptcp: true }, undefined, 'copy', 'copy'],
  ])('by auto with %s is one that it can have', (_, settings, file, send, receive) => {
    const paths = chosen({ ...settings, ...AUTO }, file);
    expect([paths.send.path, paths.receive.path]).toEqual([send, receive]);
    expect(paths.send.reason).toMatch(/\w/);
    expect(paths.receive.reason).toMatch(/\w/);
  });

  it('is what was asked for, or there is a reason', () => {
    const settings = fc.record({
      protocol: fc.constantFrom('tcp' as const, 'udp' as const, 'sctp' as const),
      mptcp: fc.boolean(),
      sendPath: fc.constantFrom(...sendPaths),
      receivePath: fc.constantFrom(...receivePaths),
    });
    const kind = fc.constantFrom('regular' as const, 'stream' as const, undefined);
    fc.assert(
      fc.property(settings, kind, (asked, file) => {
        const { send, receive } = chosen(asked, file);
        expect(send.path === asked.sendPath).toBe(send.reason === undefined);
        expect(receive.path === asked.receivePath).toBe(receive.reason === undefined);
        const anything = [send.path, receive.path] as string[];
        expect(anything).not.toContain('auto');
        if (asked.protocol === 'udp') expect(anything).toEqual(['copy', 'copy']);
        if (asked.protocol === 'sctp' || asked.mptcp) {
          for (const ofTcp of ['splice', 'zerocopy', 'mmap']) expect(anything).not.toContain(ofTcp);
          if (asked.protocol === 'sctp') expect(receive.path).toBe('copy');
        }
        // What is written to a file must have been received, what is read from one is not in memory.
        if (file !== undefined) {
          expect(receive.path).toBe('copy');
          expect(['copy', 'sendfile']).toContain(send.path);
        }
      }),
    );
  });
});

describe('what was asked for and is not done', () => {
  const { streams } = new ATest('server', { direction: 'bidirectional' });

  it('at this end is said, of the ways that it goes', () => {
    const asked = { ...defaultSettings(), sendPath: 'splice', receivePath: 'discard' } as const;
    const paths = choosePaths(asked, 'regular');
    expect(unusedPathWarnings(asked, paths, streams)).toEqual([
      'send path splice is not used here, sendfile is: the bytes come from a file',
      'receive path discard is not used here, copy is: what comes is written to a file',
    ]);
    expect(
      unusedPathWarnings(
        asked,
        paths,
        streams.filter(({ sender }) => !sender),
      ),
    ).toHaveLength(1);
    expect(unusedPathWarnings({ ...asked, ...AUTO }, chosen(AUTO, 'regular'), streams)).toEqual([]);
    expect(unusedPathWarnings(asked, choosePaths(asked, undefined), streams)).toEqual([]);
    const udp = { ...defaultSettings(), protocol: 'udp', sendPath: 'sendfile' } as const;
    expect(unusedPathWarnings(udp, choosePaths(udp, undefined), streams)).toEqual([
      'send path sendfile is not used here, copy is: UDP always copies',
    ]);
  });

  const client = (direction: TestSettings['direction']) => new ATest('client', { direction }).streams;
  const asking = (settings: Partial<TestSettings>) => ({ ...defaultSettings(), ...settings });
  const peer = (role: StreamFacts['role'], path: string, pathReason?: string) => {
    const stream = { ...streamFacts(role, [[0, 1]]), path, ...(pathReason === undefined ? {} : { pathReason }) };
    return facts({ server: [stream] }).peer;
  };

  it('by a vnetperf server is what it says itself', () => {
    const splice = asking({ sendPath: 'splice' });
    expect(peerPathWarnings(splice, peer('sender', 'splice'), client('reverse'))).toEqual([]);
    expect(
      peerPathWarnings(splice, peer('sender', 'sendfile', 'the bytes come from a file'), client('reverse')),
    ).toEqual(['the server sent by sendfile, not by splice: the bytes come from a file']);
    expect(peerPathWarnings(asking({ receivePath: 'mmap' }), peer('receiver', 'copy'), client('forward'))).toEqual([
      'the server received by copy, not by mmap',
    ]);
    // A vnetperf that does not tell.
    expect(peerPathWarnings(splice, peer('sender', ''), client('reverse'))).toEqual([]);
    // How this end sends is not the server's to say.
    expect(peerPathWarnings(splice, peer('receiver', 'copy'), client('forward'))).toEqual([]);
    expect(peerPathWarnings(asking(AUTO), peer('sender', 'copy'), client('reverse'))).toEqual([]);
  });

  it('by an iperf3 nobody says, and that is said; -Z it always keeps', () => {
    const warnings = (settings: Partial<TestSettings>, direction: TestSettings['direction']) =>
      peerPathWarnings(asking(settings), undefined, client(direction));
    expect(warnings({}, 'bidirectional')).toEqual([]);
    expect(warnings({ sendPath: 'sendfile' }, 'bidirectional')).toEqual([]);
    expect(warnings({ sendPath: 'splice' }, 'forward')).toEqual([]);
    expect(warnings({ sendPath: 'splice' }, 'reverse')[0]).toContain('it was asked for sendfile');
    expect(warnings({ sendPath: 'auto' }, 'reverse')).toHaveLength(1);
    expect(warnings({ receivePath: 'mmap' }, 'forward')[0]).toContain('iperf3 has no mmap and copies');
    expect(warnings({ receivePath: 'discard' }, 'forward')[0]).toContain('from 3.19 on');
    expect(warnings({ receivePath: 'discard' }, 'reverse')).toEqual([]);
    expect(warnings({ protocol: 'udp', ...AUTO }, 'bidirectional')).toEqual([]);
    expect(warnings({ protocol: 'sctp', ...AUTO }, 'bidirectional')).toEqual([]);
    expect(warnings({ protocol: 'sctp', receivePath: 'discard' }, 'forward')).toEqual([
      'the server receives by copy, not by discard: SCTP always receives by copy',
    ]);
    expect(warnings({ protocol: 'udp', batch: 8 }, 'forward')[0]).toContain('--batch is of this side only');
  });
});

describe('the line of the paths in a text report', () => {
  const line = (
    settings: Partial<TestSettings>,
    sender: Partial<StreamFacts> = {},
    receiver: Partial<StreamFacts> = {},
  ) => {
    const client = [{ ...streamFacts('sender', [[0, 1_000_000]]), ...sender }];
    const server = [{ ...streamFacts('receiver', [[1, 1_000_000]]), ...receiver }];
    return pathLines(new ATest('client', settings).end({ facts: facts({ client, server }) }));
  };

  it('stands there where there was something to choose, and nowhere else', () => {
    expect(line({})).toEqual([]);
    expect(line({ sendPath: 'sendfile', receivePath: 'discard' })).toEqual([]);
    expect(line({ sendPath: 'splice' }, { path: 'splice' })).toEqual([]);
    expect(line(AUTO, { path: 'splice', pathReason: 'so it is' }, { path: 'discard', pathReason: 'because' })).toEqual([
      'send path splice: so it is; receive path discard: because',
    ]);
    expect(line({ sendPath: 'auto' }, { path: 'sendfile' })).toEqual(['send path sendfile']);
    expect(line({ sendPath: 'auto' }, { path: '' })).toEqual([]);
  });

  it('says where segmentation or coalescing was asked for and given up', () => {
    const udp = { protocol: 'udp', lengthBytes: 9000, gso: true, gro: true } as const;
    const refused = { segmentationRefused: true };
    const gso = 'without gso: the kernel segments no datagrams of 9000 bytes on this path';
    const gro = "without gro: the receiver's kernel does not know it";
    expect(line(udp)).toEqual([]);
    expect(line(udp, refused)).toEqual([gso]);
    expect(line(udp, {}, refused)).toEqual([gro]);
    expect(line(udp, refused, refused)).toEqual([`${gso}; ${gro}`]);
  });

  it.each([
    [0, 1_000_000, 'the kernel copied all of it after all'],
    [1_000_000, 0, 'nothing was copied'],
    [0, 0, 'the kernel did not say what it copied'],
    [870_000, 130_000, '87 % was sent without a copy, 13 % was copied after all'],
    [870_000, 100_000, '87 % was sent without a copy, 10 % was copied after all (not known of 3 %)'],
    [999_999, 1, 'over 99 % was sent without a copy, under 1 % was copied after all'],
  ])('of %d bytes not copied and %d copied says: %s', (zeroCopiedBytes, copiedBytes, words) => {
    const zeroCopy = { zeroCopiedBytes, copiedBytes };
    expect(line({ sendPath: 'zerocopy' }, { path: 'zerocopy', zeroCopy })).toEqual([`send path zerocopy: ${words}`]);
  });

  it('has the share of a receiver too, and both ends of a bidirectional test', () => {
    const zeroCopy = { zeroCopiedBytes: 250_000, copiedBytes: 750_000 };
    expect(line({ receivePath: 'mmap' }, {}, { path: 'mmap', zeroCopy })).toEqual([
      'receive path mmap: 25 % was received without a copy, 75 % was copied after all',
    ]);
    const client = [{ ...streamFacts('sender', [[0, 1]]), path: 'sendfile', pathReason: 'the bytes come from a file' }];
    const server = [{ ...streamFacts('sender', [[1, 1]]), path: 'splice' }];
    const end = new ATest('client', { sendPath: 'auto', direction: 'bidirectional' }).end({
      facts: facts({ client, server }),
    });
    expect(pathLines(end)).toEqual(['send path sendfile: the bytes come from a file; send path splice']);
  });
});
