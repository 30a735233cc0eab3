import { isIPv6 } from 'node:net';

export interface HostDevice {
  host: string;
  /** Zone of an IPv6 link-local address: part of the address. */
  zone?: string | undefined;
  /** Interface to bind to: what `%dev` means after anything else. */
  device?: string | undefined;
}

/** Reads `host%dev` of -c and -B. */
export function splitHostDevice(text: string): HostDevice {
  const percent = text.indexOf('%');
  if (percent <= 0 || percent === text.length - 1) return { host: text };
  const host = text.slice(0, percent);
  const name = text.slice(percent + 1);
  return isLinkLocal(host) ? { host, zone: name } : { host, device: name };
}

/** fe80::/10. */
function isLinkLocal(host: string): boolean {
  return isIPv6(host) && /^fe[89ab]/i.test(host);
}
