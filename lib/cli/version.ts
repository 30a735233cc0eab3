import { packageVersion } from '../platform/package-version.js';
import { reportedVersion } from '../report/reported-version.js';

/** In the order and words of iperf3, whose list scripts search; what it does not have comes last. */
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
  'splice',
  'MSG_ZEROCOPY',
  'TCP_ZEROCOPY_RECEIVE',
  'UDP segmentation and receive offload',
];

/** What --version prints. `systemInfo` is the uname line. */
export function versionText(systemInfo: string): string {
  return [reportedVersion(packageVersion()), systemInfo, `Optional features available: ${features.join(', ')}`].join(
    '\n',
  );
}
