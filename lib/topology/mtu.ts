export interface MtuRange {
  minimumBytes: number;
  maximumBytes: number;
  defaultBytes: number;
}

/** What the kernel allows on Ethernet-like virtual devices: IPv4's minimum of RFC 791, and ETH_MAX_MTU. */
export const ETHERNET_MTU: MtuRange = { minimumBytes: 68, maximumBytes: 65_535, defaultBytes: 1500 };
