import type { TestSettings } from '../configuration/settings.js';
import type { VnetperfError } from '../errors.js';
import { iperf3Error } from '../iperf3-errors.js';

interface Limit {
  /** As the message names it. */
  key: string;
  value: (settings: TestSettings) => number | undefined;
  minimum: number;
  maximum: number;
  iperf3Number: number;
}

const MAXIMUM_64_BIT = 2 ** 63;

/**
 * What a server takes from a stranger, in the order of the message: the ranges of iperf3's own options, which its
 * servers up to 3.21 do not check. 0 stands for "not asked" where the option itself begins at 1.
 */
const limits: readonly Limit[] = [
  { key: 'omit', value: (test) => test.omitSeconds, minimum: 0, maximum: 600, iperf3Number: 12 },
  { key: 'server_affinity', value: (test) => test.serverAffinity, minimum: 0, maximum: 1024, iperf3Number: 132 },
  { key: 'time', value: (test) => test.durationSeconds, minimum: 0, maximum: 86_400, iperf3Number: 5 },
  { key: 'num', value: (test) => test.bytes, minimum: 0, maximum: MAXIMUM_64_BIT, iperf3Number: 38 },
  { key: 'blockcount', value: (test) => test.blocks, minimum: 0, maximum: MAXIMUM_64_BIT, iperf3Number: 38 },
  { key: 'MSS', value: (test) => test.mssBytes, minimum: 0, maximum: 32_767, iperf3Number: 10 },
  { key: 'parallel', value: (test) => test.parallel, minimum: 1, maximum: 128, iperf3Number: 6 },
  { key: 'window', value: (test) => test.windowBytes, minimum: 0, maximum: 512 * 1024 * 1024, iperf3Number: 8 },
  { key: 'bandwidth', value: (test) => test.rateBitsPerSecond, minimum: 0, maximum: MAXIMUM_64_BIT, iperf3Number: 38 },
  { key: 'fqrate', value: (test) => test.fqRateBitsPerSecond, minimum: 0, maximum: MAXIMUM_64_BIT, iperf3Number: 38 },
  { key: 'burst', value: (test) => test.burst, minimum: 0, maximum: 1000, iperf3Number: 15 },
  { key: 'TOS', value: (test) => test.tos, minimum: 0, maximum: 255, iperf3Number: 21 },
  { key: 'flowlabel', value: (test) => test.flowLabel, minimum: 0, maximum: 0xfffff, iperf3Number: 127 },
];

/**
 * The error that a server answers a test with which it does not run, or undefined. `message` and `iperf3Number` are
 * those of iperf3; what was sent stands in parentheses. What is this server's own policy (longest test, highest rate,
 * who may) is not looked at here.
 */
export function checkParameters(settings: TestSettings): VnetperfError | undefined {
  const broken = [...limits, lengthLimit(settings)].find((limit) => {
    const value = limit.value(settings);
    return value !== undefined && !(value >= limit.minimum && value <= limit.maximum);
  });
  if (broken === undefined) {
    return undefined;
  }
  return iperf3Error(broken.iperf3Number, {
    context: `the client asked for ${broken.key} ${broken.value(settings)}`,
    remedy: `Start the client with a value from ${broken.minimum} to ${broken.maximum}.`,
  });
}

/** Last, because what is allowed depends on the protocol. */
function lengthLimit(settings: TestSettings): Limit {
  const length = { key: 'len', value: (test: TestSettings) => test.lengthBytes };
  return settings.protocol === 'udp'
    ? { ...length, minimum: 16, maximum: 65_507, iperf3Number: 20 }
    : { ...length, minimum: 1, maximum: 1_048_576, iperf3Number: 7 };
}
