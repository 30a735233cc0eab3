/** An IPv4 network, as an inclusive range of addresses. */
export interface Ipv4Prefix {
  first: number;
  last: number;
  lengthBits: number;
}

/** Reads `198.18.7.0/24`; a bare address is a /32. undefined: it is none. Bits behind the prefix do not count. */
export function parseIpv4Prefix(text: string): Ipv4Prefix | undefined {
  const [, address = '', length = '32'] = /^(\d+\.\d+\.\d+\.\d+)(?:\/(\d{1,2}))?$/.exec(text) ?? [];
  const octets = address.split('.').map(Number);
  const lengthBits = Number(length);
  if (octets.length !== 4 || octets.some((octet) => octet > 255) || lengthBits > 32) return undefined;
  const size = 2 ** (32 - lengthBits);
  const value = octets.reduce((sum, octet) => sum * 256 + octet, 0);
  const first = value - (value % size);
  return { first, last: first + size - 1, lengthBits };
}

export function overlap(one: Ipv4Prefix, other: Ipv4Prefix): boolean {
  return one.first <= other.last && other.first <= one.last;
}

export function formatIpv4(value: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join('.');
}

export function formatIpv4Prefix({ first, lengthBits }: Ipv4Prefix): string {
  return `${formatIpv4(first)}/${lengthBits}`;
}
