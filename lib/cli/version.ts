import { loadNative } from '../platform/load-native.js';
import type { NativeAddon } from '../platform/native.js';
import { packageVersion } from '../platform/package-version.js';
import { systemInfo } from '../platform/system-info.js';
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

/** What --version prints here. */
export function version(): string {
  return versionText(systemInfo(), binaryText());
}

/**
 * What --version prints.
 * @param uname The line of `uname`, for example `Linux alpha 6.18.0 #1 SMP x86_64`.
 * @param binary What {@link binaryText} says.
 */
export function versionText(uname: string, binary: string): string {
  return [
    reportedVersion(packageVersion()),
    uname,
    `Optional features available: ${features.join(', ')}`,
    `Binary: ${binary}`,
  ].join('\n');
}

/** Which binary this package has loaded, or why it has none: that is when a version is asked for most. */
export function binaryText(load: () => NativeAddon = loadNative): string {
  try {
    // One that was built elsewhere, before there was anything to say.
    const build: Partial<NativeAddon['build']> = load().build ?? {};
    const { version = '', target, libc, compiler, commit } = build;
    if (target === undefined) return 'of an unknown build';
    const package_ = version === '' || version === packageVersion() ? '' : `, made for vnetperf ${version}`;
    return `${target} (${libc}), ${compiler}${commit === undefined ? '' : `, ${commit}`}${package_}`;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return `none. ${reason.split('\n')[0]}`;
  }
}
