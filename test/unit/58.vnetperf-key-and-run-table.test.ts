import { describe, expect, it } from 'vitest';
import { measurementOf } from '../../lib/compare/measuring/measurement-of.js';
import { intervalCostLines } from '../../lib/report/interval-cost-table.js';
import { runTableLines } from '../../lib/report/run-table.js';
import { ATest } from '../support/a-test.js';
import { report } from '../support/recorded-report.js';
import { core, facts, streamFacts } from '../support/run-facts.js';

function lines(change: Parameters<typeof facts>[0], settings: ConstructorParameters<typeof ATest>[1] = {}): string[] {
  const end = new ATest('client', settings).end({ facts: facts(change) });
  const run = { end, serverEnd: undefined, intervals: [], serverIntervals: [], costs: [], costsLeftOut: 0 };
  return runTableLines(run, measurementOf(run, { warnings: [] }));
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

  it('shows what carried the traffic below the cores', () => {
    const carriers = [
      { name: 'docker-proxy', pid: 30, cpuPercent: 61.6, busiestThread: { name: 'docker-proxy', cpuPercent: 31 } },
      { name: 'docker-proxy', pid: 31, cpuPercent: 0 },
      { name: 'ovs-vswitchd', pid: 32 },
    ];
    expect(lines({ cores: [core(0, { system: 50 })], carriers }).slice(1, 4)).toEqual([
      'via docker-proxy[30]  62 % of a core, thread docker-proxy 31 %',
      'via docker-proxy[31]  0 % of a core',
      'via ovs-vswitchd      ended during the run, or cannot be seen from here',
    ]);
  });

  it('calls a switch the limit when one thread of it has no time left', () => {
    const line = (cpuPercent: number) =>
      lines({
        carriers: [{ name: 'ovs-vswitchd', pid: 1, cpuPercent, busiestThread: { name: 'ovs-vswitchd', cpuPercent } }],
      })[0];
    expect(line(96.9)).toBe('via ovs-vswitchd  97 % of a core');
    expect(line(97)).toBe('via ovs-vswitchd  97 % of a core   <- limits this run');
  });

  it('does not call a busy process the limit while none of its threads is', () => {
    const busiestThread = { name: 'handler3', cpuPercent: 60 };
    expect(lines({ carriers: [{ name: 'ovs-vswitchd', pid: 1, cpuPercent: 180, busiestThread }] })[0]).toBe(
      'via ovs-vswitchd  180 % of a core, thread handler3 60 %',
    );
  });

  it('does not call a thread that polls the limit: it is never idle', () => {
    const busiestThread = { name: 'pmd-c01/id:6', cpuPercent: 99 };
    expect(lines({ carriers: [{ name: 'ovs-vswitchd', pid: 1, cpuPercent: 104, busiestThread }] })[0]).toBe(
      'via ovs-vswitchd  104 % of a core; its thread pmd-c01/id:6 polls, busy or not',
    );
  });

  it("does not take a switch's time for another program's", () => {
    const idle = { userSeconds: 0, systemSeconds: 0 };
    const told = (cpuPercent?: number) =>
      lines(
        {
          cores: [core(0, { system: 95, softirq: 5 }), core(1, { system: 45 })],
          client: [{ ...streamFacts('sender', [[0, 1]]), cpu: idle }],
          server: [{ ...streamFacts('receiver', [[1, 1]]), cpu: idle }],
          ...(cpuPercent === undefined ? {} : { carriers: [{ name: 'ovs-vswitchd', pid: 1, cpuPercent }] }),
        },
        { protocol: 'udp' },
      );
    expect(told()[0]).toMatch(/<- 95 % of it not by this run$/);
    // Of 140 % that no end used, half is the switch's; on which core, the kernel does not tell.
    expect(told(70)[0]).toMatch(/<- 48 % of it not by this run$/);
    expect(told(140)[0]).toMatch(/<- limits this run$/);
    expect(told(140).join('\n')).not.toContain('other processes');
  });

  it('names the copies that a saturated core could be spared', () => {
    const busy = [core(0, { system: 99 }), core(1, { system: 99 })];
    expect(lines({ cores: busy }).at(-1)).toBe('try: --send-path auto --receive-path auto removes both copies');
    expect(lines({ cores: [core(0, { system: 99 })] }).at(-1)).toBe('try: --send-path auto removes a copy');
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

describe('the CPU of each interval', () => {
  const cost = {
    startSeconds: 0,
    endSeconds: 1,
    omitted: false,
    client: 97.4,
    server: 31.6,
    softirq: 40,
    carriers: [],
  };

  it('is a row under what took it, in percent of a core', () => {
    const carriers = (cpuPercent: number) => [{ name: 'ovs-vswitchd', pid: 7, cpuPercent }];
    expect(
      intervalCostLines([
        { ...cost, carriers: carriers(99), omitted: true },
        { ...cost, startSeconds: 9, endSeconds: 10.004, client: 0, softirq: 104, carriers: carriers(187.5) },
      ]),
    ).toEqual([
      'CPU, % of a core   client  server  softirq  ovs-vswitchd',
      '  0.00-1.00   sec      97      32       40            99  (omitted)',
      '  9.00-10.00  sec       0      32      104           188',
    ]);
  });

  it('says nothing in the place of what is not known', () => {
    const unknown = { ...cost, server: undefined, softirq: undefined, carriers: [{ name: 'x', pid: 7 }] };
    expect(intervalCostLines([unknown])).toEqual([
      'CPU, % of a core   client  server  softirq  x',
      '  0.00-1.00   sec      97       -        -  -',
    ]);
    expect(intervalCostLines([])).toEqual([]);
  });
});
