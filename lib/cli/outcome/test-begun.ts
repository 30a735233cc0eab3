import type { ConnectEvent, MeasuredTestMetrics } from '../../index.js';
import { packageVersion } from '../../platform/package-version.js';

/** What is known of a test when its parameters are. */
export function testBegun({ role, settings, peer, timestampMs }: ConnectEvent): MeasuredTestMetrics {
  const { protocol, direction, title } = settings;
  return {
    role,
    protocol,
    direction,
    version: packageVersion(),
    peer: peer.host,
    title,
    endedAtMs: timestampMs,
    completed: false,
  };
}
