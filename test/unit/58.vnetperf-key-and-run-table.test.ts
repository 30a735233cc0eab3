import { describe, expect, it } from 'vitest';
import { runTableLines } from '../../lib/report/run-table.js';
import type { CorePercent, StreamFacts, VnetperfFacts } from '../../lib/traffic/events.js';
import { ATest } from '../support/a-test.js';
import { report } from '../support/recorded-report.js';
import { someFacts } from '../support/replay-json.js';

function core(number: number, shares: Partial<CorePercent>): CorePercent {
  const used = { user: 0, system: 0, irq: 0, softirq: 0, steal: 0, ...shares };
  const idle = 100 - used.user - used.system - used.irq - used.softirq - used.steal;
  return { core: number, ...used, idle };
}

function streamFacts(role: StreamFacts['role'], bytesByCore: [core: number, bytes: number][]): StreamFacts {
  return {
    id: 1,
    socket: 5,
    role,
    pin: { asked: [], got: [] },
    bytesByCore: bytesByCore.map(([number, bytes]) => ({ core: number, bytes })),
    migrations: 0,
    path: 'copy',
    congestion: 'cubic',
    paced: false,
    socketBufferDrops: 0,
    duplicates: 0,
    cpu: { userSeconds: 0, systemSeconds: 1 },
    mssBytes: 1448,
  };
}

function facts(change: { cores?: CorePercent[]; client?: StreamFacts[]; server?: StreamFacts[] }): VnetperfFacts {
  const server = change.server ?? [streamFacts('receiver', [[1, 1000]])];
  return {
    ...someFacts(),
    cores: change.cores ?? [],
    streams: change.client ?? [streamFacts('sender', [[0, 1000]])],
    peer: { ...someFacts(), streams: server },
  };
}

function lines(change: Parameters<typeof facts>[0], settings: ConstructorParameters<typeof ATest>[1] = {}): string[] {
  return runTableLines(new ATest('client', settings).end({ facts: facts(change) }));
}

describe('the key `vnetperf`', () => {
  it('has all the facts of a test, as they are', () => {
    const told = facts({ cores: [core(0, { user: 1, softirq: 2.5 })] });
    const { out } = report(new ATest('client').all({ facts: told }), 'client', { mode: 'json' });
    expect(JSON.parse(out[0] as string).vnetperf).toEqual(JSON.parse(JSON.stringify(told)));
  });
});

describe('what `run` prints below the report', () => {
  it('is what each core did for whom, which one is the limit, and where the bytes ran', () => {
    const cores = [
      core(0, { user: 1, system: 66, softirq: 32 }),
      core(1, { user: 2, system: 69, softirq: 1 }),
      core(2, { user: 50 }),
      core(3, { softirq: 7 }),
    ];
    expect(lines({ cores }, { protocol: 'udp' })).toEqual([
      'core  0  client   user  1 %  system 66 %  softirq 32 %  idle  1 %   <- limits this run',
      'core  1  server   user  2 %  system 69 %  softirq  1 %  idle 28 %',
      'core  3           user  0 %  system  0 %  softirq  7 %  idle 93 %',
      'no migrations; all bytes sent from core 0 and received on core 1',
    ]);
  });

  it('does not call a core the limit of a run that did not use it', () => {
    const seconds = new ATest('client').end({}).streams[0]?.local.endSeconds ?? 0;
    const cpu = (share: number) => ({ userSeconds: 0, systemSeconds: share * seconds });
    const client = [{ ...streamFacts('sender', [[0, 1000]]), cpu: cpu(0.1) }];
    const server = [{ ...streamFacts('receiver', [[1, 1000]]), cpu: cpu(0.97) }];
    const cores = [core(0, { user: 80, system: 20 }), core(1, { system: 98 })];
    expect(lines({ cores, client, server }, { protocol: 'udp' })).toEqual([
      'core  0  client   user 80 %  system 20 %  softirq  0 %  idle  0 %   <- 90 % of it not by this run',
      'core  1  server   user  0 %  system 98 %  softirq  0 %  idle  2 %   <- limits this run',
      'no migrations; all bytes sent from core 0 and received on core 1',
      'other processes used core 0 meanwhile: repeat the run on an idle machine',
    ]);
  });

  it.each([
    [96.9, false],
    [97, true],
  ])('calls a core that is %d %% busy the limit: %s', (system, limit) => {
    expect(lines({ cores: [core(0, { system })] })[0]?.includes('<- limits this run')).toBe(limit);
  });

  it('shows the hypervisor’s share only where there is one', () => {
    expect(lines({ cores: [core(0, { system: 40, irq: 2, steal: 11 })] })[0]).toBe(
      'core  0  client   user  0 %  system 40 %  softirq  0 %  irq  2 %  steal 11 %  idle 47 %',
    );
  });

  it('names a core that both ends share, and three-digit cores in one column', () => {
    const shared = lines({
      cores: [core(0, {}), core(100, {})],
      client: [streamFacts('sender', [[100, 1]])],
      server: [
        streamFacts('receiver', [
          [0, 5],
          [100, 5],
        ]),
      ],
    });
    expect(shared[0]).toMatch(/^core {3}0 {2}server {3}user/);
    expect(shared[1]).toMatch(/^core 100 {2}both {5}user/);
  });

  it('counts migrations of both ends and shares bytes out by core, the busiest first', () => {
    const sender = {
      ...streamFacts('sender', [
        [2, 610],
        [0, 3_900],
        [5, 1],
      ]),
      migrations: 13,
    };
    const receiver = { ...streamFacts('receiver', [[1, 4511]]), migrations: 1 };
    expect(lines({ client: [sender], server: [receiver] })).toEqual([
      '14 migrations; bytes sent from cores 0 (86 %), 2 (14 %) and 5 (under 1 %) and received on core 1',
    ]);
  });

  it('tells directions apart', () => {
    const client = [streamFacts('sender', [[0, 1]]), streamFacts('receiver', [[0, 1]])];
    const server = [streamFacts('receiver', [[1, 1]]), streamFacts('sender', [[1, 1]])];
    expect(lines({ client, server }, { direction: 'bidirectional' })).toEqual([
      'no migrations',
      'client to server: all bytes sent from core 0 and received on core 1',
      'server to client: all bytes sent from core 1 and received on core 0',
    ]);
  });

  it('says which datagrams the network did not lose', () => {
    const receiver = { ...streamFacts('receiver', [[1, 1]]), socketBufferDrops: 12 };
    expect(lines({ server: [receiver] }, { protocol: 'udp' }).slice(1)).toEqual([
      "12 datagrams were lost in the receiving socket's full buffer, not by the network",
      'try: a lower -b, or a larger -w with sysctl -w net.core.rmem_max=33554432',
    ]);
  });

  it('says where pinning was not had', () => {
    const sender = { ...streamFacts('sender', [[0, 1]]), pin: { asked: [3], got: [0, 1] } };
    expect(lines({ client: [sender] })).toContain("stream 1's sender was to run on core 3, but ran on 0,1");
    const kept = { ...streamFacts('sender', [[0, 1]]), pin: { asked: [3, 0], got: [0, 3] } };
    expect(lines({ client: [kept] })).toHaveLength(1);
  });

  it('names the copies that a saturated core could be spared', () => {
    const busy = [core(0, { system: 99 }), core(1, { system: 99 })];
    expect(lines({ cores: busy }).at(-1)).toBe('try: --send-path sendfile --receive-path discard removes both copies');
    expect(lines({ cores: [core(0, { system: 99 })] }).at(-1)).toBe('try: --send-path sendfile removes a copy');
    const spared = [{ ...streamFacts('sender', [[0, 1]]), path: 'sendfile' }];
    expect(lines({ cores: [core(0, { system: 99 })], client: spared }).at(-1)).toMatch(/^no migrations/);
  });

  it('says when it was the kernel that held the sender back, unless that was asked for', () => {
    const paced = [{ ...streamFacts('sender', [[0, 1]]), paced: true, congestion: 'bbr' }];
    expect(lines({ client: paced }).slice(1)).toEqual([
      'the kernel paced the sender (bbr congestion control), below what the path may carry',
      'try: -C cubic',
    ]);
    expect(lines({ client: paced }, { fqRateBitsPerSecond: 1_000_000 })).toHaveLength(1);
  });
});
