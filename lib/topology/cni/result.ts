import { isIP } from 'node:net';
import { isObject, parseJson } from './json.js';

export interface ResultAddresses {
  /** Without the length of its prefix. The first of its family. */
  ipv4: string | undefined;
  ipv6: string | undefined;
}

/**
 * The addresses that a plugin's result gives the interface inside the container (CNI 0.3.0 to 1.0.0, "ips"). An
 * address that names no interface is the container's.
 */
export function resultAddresses(text: string, container: string): ResultAddresses {
  const result = parseJson(text);
  const { ips, interfaces } = isObject(result) ? result : {};
  const inContainer = (index: unknown) => {
    if (index === undefined || index === null) return true;
    const link: unknown = Array.isArray(interfaces) && typeof index === 'number' ? interfaces[index] : undefined;
    // Interfaces of the host have no sandbox.
    return isObject(link) && link.name === container && typeof link.sandbox === 'string' && link.sandbox !== '';
  };
  const addresses = (Array.isArray(ips) ? ips : []).flatMap((ip: unknown) => {
    if (!isObject(ip) || typeof ip.address !== 'string' || !inContainer(ip.interface)) return [];
    const [address = ''] = ip.address.split('/');
    return isIP(address) === 0 ? [] : [address];
  });
  return {
    ipv4: addresses.find((address) => isIP(address) === 4),
    ipv6: addresses.find((address) => isIP(address) === 6),
  };
}
