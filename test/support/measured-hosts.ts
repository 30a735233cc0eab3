import { packetOnLine, payloadRate } from '../../lib/compare/link/packet-on-line.js';
import { planTopology, topologyKind } from '../../lib/topology/kinds.js';
import { Lab } from '../../lib/topology/lab.js';
import type { TopologyOptions } from '../../lib/topology/options.js';
import type { Plan } from '../../lib/topology/plan.js';
import type { StreamFacts } from '../../lib/traffic/events.js';
import { IperfProcess, startServer } from './iperf-process.js';
import { bestOf, type ReceivedRate } from './rates-across-hosts.js';

/** Preamble, start, check sequence and gap: what a frame takes of the line beside what the kernel counts. */
const LINE_BYTES = 24;

/** What the queueing discipline of one host's card has let out. */
export interface LineCounters {
  bytes: number;
  packets: number;
  drops: number;
}

interface Sum {
  bits_per_second: number;
  seconds: number;
  bytes: number;
  retransmits?: number;
  packets?: number;
  lost_packets?: number;
}

export interface MeasuredTest {
  sent: Sum;
  received: Sum;
  /** Of the way back of --bidir. */
  receivedBack: Sum | undefined;
  /** The client's host and the server's, during this test. */
  line: [LineCounters, LineCounters];
  /** What each host had on its line, as a share of the link's rate. */
  used: [number, number];
  receiver: StreamFacts | undefined;
}

/** A network across two hosts, with tests on it and what the kernel counted at both cards meanwhile. */
export class MeasuredHosts implements AsyncDisposable {
  readonly plan: Plan;
  readonly lab: Lab;

  private constructor(plan: Plan, lab: Lab) {
    this.plan = plan;
    this.lab = lab;
  }

  static async build(kind: string, options: TopologyOptions): Promise<MeasuredHosts> {
    const plan = await planTopology(kind, options);
    return new MeasuredHosts(plan, await Lab.build(plan, topologyKind(kind)));
  }

  /** Goodput of a link that is full of such packets. */
  expected(test: { family?: 4 | 6; udpBytes?: number } = {}): number {
    const { link, mtuBytes } = this.plan;
    const { family = 4, udpBytes } = test;
    const packet = packetOnLine(link!, {
      protocol: udpBytes === undefined ? 'tcp' : 'udp',
      family,
      mtuBytes,
      lengthBytes: udpBytes ?? 131_072,
    });
    return payloadRate(link!.rateBitsPerSecond!, packet);
  }

  async test(words: string): Promise<MeasuredTest> {
    const { client, server } = this.plan;
    const host = words.split(' ').includes('-6') ? server.ipv6! : server.ipv4!;
    const before = await this.#line();
    await using serving = await startServer('vnetperf', this.lab.namespace(server.namespace).fd, ['-1']);
    await using asking = new IperfProcess('vnetperf', this.lab.namespace(client.namespace).fd, [
      '-c',
      host,
      '-J',
      ...words.split(' '),
    ]);
    const { status, stdout, stderr } = await asking.finished();
    if (status !== 0) throw new Error(`${words}: ${stderr}${stdout}`);
    await serving.finished();
    const after = await this.#line();
    const { end, vnetperf } = JSON.parse(stdout);
    const line = after.map((counters, side) => ({
      bytes: counters.bytes - before[side]!.bytes,
      packets: counters.packets - before[side]!.packets,
      drops: counters.drops - before[side]!.drops,
    })) as MeasuredTest['line'];
    const received: Sum = end.sum_received;
    const lineBits = (this.plan.link?.rateBitsPerSecond ?? Number.NaN) * received.seconds;
    return {
      sent: end.sum_sent,
      received,
      receivedBack: end.sum_received_bidir_reverse,
      line,
      used: line.map(({ bytes, packets }) => (8 * (bytes + LINE_BYTES * packets)) / lineBits) as [number, number],
      receiver: [...(vnetperf.streams ?? []), ...(vnetperf.peer?.streams ?? [])].find(
        ({ role }) => role === 'receiver',
      ),
    };
  }

  bestOf(words: string, good: (test: MeasuredTest) => boolean): Promise<MeasuredTest> {
    return bestOf(() => this.test(words), good);
  }

  /** Datagrams of that size, two seconds. */
  async datagrams(
    words: string,
    udpBytes: number,
  ): Promise<Pick<ReceivedRate, 'offeredBitsPerSecond' | 'lostPercent'>> {
    const { packets = 0, lost_packets = 0, seconds } = (await this.test(`-t 2 -u -l ${udpBytes} ${words}`)).received;
    return { offeredBitsPerSecond: (8 * packets * udpBytes) / seconds, lostPercent: (100 * lost_packets) / packets };
  }

  async #line(): Promise<[LineCounters, LineCounters]> {
    const [one, other] = this.plan.link!.ends;
    return [await this.#counters(one.namespace), await this.#counters(other.namespace)];
  }

  async #counters(namespace: string): Promise<LineCounters> {
    const { stdout } = await this.lab.run(namespace, ['tc', '-json', '-statistics', 'qdisc', 'show', 'dev', 'eth0']);
    const { bytes, packets, drops } = (JSON.parse(stdout) as (LineCounters & { root?: boolean })[]).find(
      ({ root }) => root === true,
    )!;
    return { bytes, packets, drops };
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.lab.close();
  }
}
