/** The version in every report: programs that look for iperf3's find it, and ours stands behind it. */
export function reportedVersion(version: string): string {
  return `iperf 3.21 (vnetperf ${version})`;
}
