import { inside, type LinkEnd, type Step } from '../plan.js';

/** One of the ways in which Open vSwitch moves packets between its ports, and what it asks of the ends. */
export interface Forwarding {
  /** Column datapath_type of a bridge; undefined = the kernel's. */
  datapathType: 'netdev' | undefined;
  /** Columns of every port's interface. */
  interfaceSettings: readonly string[];
  /** other_config:userspace-tso-enable, which ovs-vswitchd reads once, when it starts. */
  userspaceTso: boolean;
  /** For ethtool -K on every end; empty = as the kernel made it. */
  endOffloads: string;
  /** For the report. */
  remark: string;
}

/** In the kernel: packets stay socket buffers, and every offload means what it means on a bridge. */
export const KERNEL: Forwarding = {
  datapathType: undefined,
  interfaceSettings: [],
  userspaceTso: false,
  endOffloads: '',
  remark: 'kernel datapath',
};

/**
 * Frames are read from a packet socket and written to another. A checksum that was left to the device is then never
 * computed, and the receiver drops the packet: TCP would be zero. Without checksums there is no TSO either.
 */
export const PACKET_SOCKETS: Forwarding = {
  datapathType: 'netdev',
  interfaceSettings: [],
  userspaceTso: false,
  endOffloads: 'tx off tso off',
  remark: 'userspace datapath over packet sockets, checksum offload off at the ends',
};

/**
 * With the virtio header in front of each frame, unfinished checksums and large TCP segments cross as they are. The
 * header of large UDP packets (UDP_SEGMENT) came later than Open vSwitch's reading of it: it would take one for an
 * oversized frame and drop it, so they are cut before the device.
 */
export const PACKET_SOCKETS_WITH_TSO: Forwarding = {
  datapathType: 'netdev',
  interfaceSettings: [],
  userspaceTso: true,
  endOffloads: 'tx-udp-segmentation off',
  remark: 'userspace datapath over packet sockets, with TSO',
};

/** The driver hands frames over in shared memory, one buffer each and as bare of checksums as on packet sockets. */
export const AF_XDP: Forwarding = {
  datapathType: 'netdev',
  interfaceSettings: ['type=afxdp', 'options:xdp-mode=native'],
  userspaceTso: false,
  endOffloads: 'tx off tso off',
  remark: 'userspace datapath over AF_XDP, whose poll thread keeps one core busy; checksum offload off at the ends',
};

/** What an end, or another interface that packets start from, has to be set to for it. */
export function offloadSteps({ namespace, interface: device }: LinkEnd, { endOffloads }: Forwarding): Step[] {
  return endOffloads === '' ? [] : [inside(namespace, `ethtool -K ${device} ${endOffloads}`)];
}
