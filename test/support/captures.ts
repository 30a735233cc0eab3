import { readdirSync, readFileSync } from 'node:fs';

const folder = new URL('../fixtures/captures/iperf3-3.21/', import.meta.url);

/** Names of what iperf3 3.21 printed, for example `tcp-bidir.client.json`. */
export function captureNames(pattern: RegExp): string[] {
  return readdirSync(folder)
    .filter((name) => pattern.test(name))
    .sort();
}

export function readCapture(name: string): string {
  return readFileSync(new URL(name, folder), 'utf8');
}

/**
 * A captured document as it should have been. With -V, iperf3 prints lines before it; and its server writes
 * `target_bitrate` twice in `start`, of which the first is taken out here.
 */
export function readJsonCapture(name: string): string {
  const text = readCapture(name);
  return text.slice(text.indexOf('{')).replace(/("system_info":.*\n)\t+"target_bitrate":.*\n/g, '$1');
}

export function captureRole(name: string): 'client' | 'server' {
  return name.includes('.server.') ? 'server' : 'client';
}
