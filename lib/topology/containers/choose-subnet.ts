import { randomInt } from 'node:crypto';
import { RequestError, TopologyError, type VnetperfError } from '../../errors.js';
import { formatIpv4Prefix, type Ipv4Prefix, overlap, parseIpv4Prefix } from './ipv4-prefix.js';

/** Set aside for benchmarks by RFC 2544. */
const BENCHMARK_RANGE = parseIpv4Prefix('198.18.0.0/15')!;
const SUBNET_SIZE = 256;

/** Addresses that are spoken for, and by whom, for a sentence: `the network web of the engine`. */
export interface AddressHolder {
  prefix: Ipv4Prefix;
  holder: string;
}

export interface SubnetWish {
  kind: string;
  /** As the user gave it; undefined = any free /24 of the benchmark range. */
  subnet: string | undefined;
  /** Containers that need an address, beside the gateway. */
  containers: number;
}

/**
 * The subnet for a new network. Throws VnetperfError ERR_SUBNET where what was given is none or too small, and
 * ERR_SUBNET_IN_USE with the name of who has it.
 */
export function chooseSubnet(
  { kind, subnet, containers }: SubnetWish,
  holders: readonly AddressHolder[],
  random: (below: number) => number = randomInt,
): Ipv4Prefix {
  if (subnet !== undefined) return checkSubnet(kind, subnet, containers, holders);
  const all = Array.from({ length: 2 ** (24 - BENCHMARK_RANGE.lengthBits) }, (_, index) => {
    const first = BENCHMARK_RANGE.first + index * SUBNET_SIZE;
    return { first, last: first + SUBNET_SIZE - 1, lengthBits: 24 };
  });
  const free = all.filter((candidate) => !holders.some(({ prefix }) => overlap(prefix, candidate)));
  // By chance, so that two labs that choose at the same moment do not choose the same.
  if (free.length > 0) return free[random(free.length)]!;
  const widest = holders
    .filter(({ prefix }) => overlap(prefix, BENCHMARK_RANGE))
    .toSorted((a, b) => a.prefix.lengthBits - b.prefix.lengthBits)[0]!;
  throw inUse(kind, `every /24 of ${formatIpv4Prefix(BENCHMARK_RANGE)}`, widest);
}

function checkSubnet(kind: string, text: string, containers: number, holders: readonly AddressHolder[]): Ipv4Prefix {
  const prefix = text.includes('/') ? parseIpv4Prefix(text) : undefined;
  // The first and the last address and the gateway's are not for containers.
  const room = prefix === undefined ? 0 : prefix.last - prefix.first + 1 - 3;
  if (prefix === undefined || room < containers) {
    const what = prefix === undefined ? 'is no IPv4 prefix' : `has no room for ${containers} containers`;
    throw new RequestError(`${kind}: the subnet ${text} ${what}`, {
      code: 'ERR_SUBNET',
      remedy: 'Give --subnet an address and a length, for example 198.18.7.0/24, or leave it out.',
    });
  }
  const holder = holders.find((other) => overlap(other.prefix, prefix));
  if (holder !== undefined) throw inUse(kind, `the subnet ${formatIpv4Prefix(prefix)}`, holder);
  return prefix;
}

function inUse(kind: string, what: string, { prefix, holder }: AddressHolder): VnetperfError {
  return new TopologyError(`${kind}: ${what} is in use: ${holder} has ${formatIpv4Prefix(prefix)}`, {
    code: 'ERR_SUBNET_IN_USE',
    remedy: 'Choose a free one with --subnet, for example out of 10.0.0.0/8, or remove what has it.',
  });
}
