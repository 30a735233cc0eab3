import type { DescribedOption } from '../described-option.js';

/** What the kernel has loaded; it may load more when they are asked for. */
export const CONGESTION_CONTROLS = '/proc/sys/net/ipv4/tcp_available_congestion_control';

/** A word of a POSIX shell. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

export function spellings({ short, long }: Pick<DescribedOption, 'short' | 'long'>): string[] {
  return short === undefined ? [`--${long}`] : [`-${short}`, `--${long}`];
}
