import type { TunnelHeader } from '../topology/plan.js';

/**
 * Two hosts on one machine: the link between them, what a packet of the test is on it, and what the network between the
 * ends took of link and processors.
 */
export interface LinkMeasurement {
  /** Of the line, Ethernet's preamble and gap counted; absent where it is as fast as the machine. */
  rateBitsPerSecond?: number | undefined;
  /** Of the hosts' interfaces on it. */
  mtuBytes: number;
  /** By which it delays each packet, in each direction; absent: 0. */
  delayMs?: number | undefined;
  /** Of the packets that it loses, in each direction; absent: 0. */
  lossPercent?: number | undefined;
  /** In which the hosts reach each other. */
  underlayFamily: 4 | 6;
  /** What stands around every packet of the ends, the outermost first; empty: nothing. */
  headers: TunnelHeader[];
  /** Absent where there is no such arithmetic: SCTP, Multipath TCP. */
  packet?: PacketOnLine | undefined;
  /** Goodput of full packets at the link's rate. */
  carriesBitsPerSecond?: number | undefined;
  /** What was sent either way. */
  directions: LinkDirection[];
  /** Interfaces on the way that take segments apart or compute checksums in software; absent where it is not known. */
  lostOffloads?: { namespace: string; interface: string; features: ('TSO' | 'checksums')[] }[] | undefined;
  /** The link's rate counts each packet: packets of many segments are taken apart before the card counts them. */
  packetsTakenApart: boolean;
  /** Absent where nothing tells the work of one host from that of the other: switches and proxies run on any core. */
  hosts?: { client: HostCost; server: HostCost } | undefined;
  /** Both hosts together. */
  machine?: HostCost | undefined;
}

/** A full segment, or a datagram with all its fragments, on the line. */
export interface PacketOnLine {
  /** Of it payload. */
  payloadBytes: number;
  /** With preamble, check sequence and gap. */
  lineBytes: number;
  /** 1, or of how many fragments a datagram is. */
  packets: number;
  /** All that is not payload, the outermost headers first, Ethernet last. */
  parts: TunnelHeader[];
}

/** What one host sent over the link. */
export interface LinkDirection {
  /** Which host. */
  from: 'client' | 'server';
  /** Of carriesBitsPerSecond. */
  reachedPercent?: number | undefined;
  /**
   * What the sending host's card counted over the whole run, set-up included. A packet of many segments that the card is
   * to take apart (TSO) is one; where a rate of the link took it apart before, they are many.
   */
  packets?: number | undefined;
  /** As the same card counted them. */
  bytes?: number | undefined;
  /** Of payload that was sent. */
  packetsPerGigabyte?: number | undefined;
  /** As the card counted packets. */
  meanPacketBytes?: number | undefined;
  /** TCP: segments of data for each packet that the card counted. More than one: they went over the link together. */
  segmentsPerPacket?: number | undefined;
}

/** For a gigabyte (10^9 bytes) of payload that arrived, over the measured time. */
export interface HostCost {
  /** Of the ends' threads, of switches and proxies, and of softirq: no more than the cores were busy. */
  cpuSecondsPerGigabyte: number;
  /** Of it softirq. */
  softirqSecondsPerGigabyte: number;
  /** Of it switches and proxies, with softirq that interrupted them; absent where there are none. */
  carrierSecondsPerGigabyte?: number | undefined;
}
