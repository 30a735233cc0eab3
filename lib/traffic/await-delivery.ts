import { setTimeout as pause } from 'node:timers/promises';
import type { TestSettings } from '../configuration/settings.js';
import type { TrafficRun } from './traffic-run.js';

/** How long the end waits for what is still under way, so that the server has counted it before it is told. */
const DELIVERY_TIMEOUT_MS = 250;
/** Longer than a round trip within one machine or one data centre. */
const STANDSTILL_MS = 3;
/** Longer than a paced socket rests between two bursts. */
const STALL_MS = 50;
/**
 * An iperf3 server forgets what lies unread in its sockets when it is told that the test is over. Its clock runs on
 * meanwhile, so a timed test gives it no more than this share of its time.
 */
const READ_OUT_MS = 10;
const READ_OUT_SHARE = 0.005;

/**
 * Gives a client's last bytes the time to arrive, so that the server counts what this side says it sent. Bounded: behind
 * a slow path stand seconds of queue, and the report's own time has ended already. A remainder that stands still is no
 * reason to wait: it has arrived, and only its acknowledgement is held back (40 ms).
 */
export async function awaitDelivery(traffic: TrafficRun, settings: TestSettings): Promise<void> {
  if (!traffic.streams.some(({ identity }) => identity.sender)) return;
  const deadline = performance.now() + DELIVERY_TIMEOUT_MS;
  let queued = traffic.unacknowledged();
  let movedAt = performance.now();
  while (queued.bytes > 0 && performance.now() < deadline) {
    await pause(1);
    const now = traffic.unacknowledged();
    if (now.bytes !== queued.bytes) movedAt = performance.now();
    else if (performance.now() - movedAt > (now.mayBeHeldBack ? STANDSTILL_MS : STALL_MS)) break;
    queued = now;
  }
  const shareMs = 1000 * READ_OUT_SHARE * settings.durationSeconds;
  await pause(settings.durationSeconds > 0 ? Math.min(READ_OUT_MS, shareMs) : READ_OUT_MS);
}
