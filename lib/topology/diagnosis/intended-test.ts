import type { PinnedCores } from '../../configuration/cores.js';

/** The test that a network and a machine are looked at for, as far as it matters to them. */
export interface IntendedTest {
  protocol: 'tcp' | 'udp' | 'sctp';
  /** -C. undefined: the default of each end. */
  congestion: string | undefined;
  /** Of one stream; 0 = as fast as it goes. */
  rateBitsPerSecond: number;
  /** -w; 0 = as vnetperf chooses. */
  windowBytes: number;
  pin: PinnedCores;
}
