import { readFileSync } from 'node:fs';

/** The iperf3 release whose options, output and protocol these are. */
export const iperf3Version = '3.21';

/** vnetperf's own version, from its package. */
export function vnetperfVersion(): string {
  const file = new URL('../../package.json', import.meta.url);
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}

/** In the order and words of iperf3, whose list scripts search. */
const features = [
  'CPU affinity setting',
  'IPv6 flow label',
  'SCTP',
  'TCP congestion algorithm setting',
  'sendfile / zerocopy',
  'socket pacing',
  'authentication',
  'bind to device',
  "support IPv4 don't fragment",
  'POSIX threads',
];

/** What --version prints. `systemInfo` is the uname line. */
export function versionText(systemInfo: string): string {
  return [
    `iperf ${iperf3Version} (vnetperf ${vnetperfVersion()})`,
    systemInfo,
    `Optional features available: ${features.join(', ')}`,
  ].join('\n');
}
