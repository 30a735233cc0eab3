import type { TestSettings } from '../../configuration/settings.js';
import { coresSharedWithOthers, SATURATED_PERCENT } from '../../traffic/core-shares.js';
import type { Limit } from '../measurement.js';
import { arrivedAsAsked, askedRateLimits } from './asked-rate.js';
import { carrierThreadLimits } from './carrier-thread.js';
import { congestionWindowLimits } from './congestion-window.js';
import { pathLossLimits, socketBufferLimits } from './datagram-loss.js';
import { type JudgedTest, judgedTest, type LimitFigures } from './judged-test.js';
import { linkRateLimits } from './link-rate.js';
import { askedPaceLimits, pacingLimits } from './pacing.js';
import { retransmitLimits } from './retransmits.js';
import { saturatedCoreLimits, saturatedThreadLimits } from './saturated-cores.js';
import { windowLimits } from './tcp-windows.js';

/** Datagrams lost from here on weigh more than a sender without CPU: what it sent beyond that was in vain. */
const MANY_LOST_PERCENT = 2;

/**
 * What kept a test from being faster, the strongest first: a full link needs no other reason. Every claim is from figures of the measurement, and they
 * stand beside it. What has no time left comes before what waited for it: a receiver without CPU shuts its window, so
 * windows and retransmits are told only after cores and threads.
 */
export function limitsOf(measured: LimitFigures, settings: TestSettings): Limit[] {
  const test = judgedTest(measured, settings);
  const paces = askedPaceLimits(test);
  const asked = [...askedRateLimits(test), ...paces];
  if (arrivedAsAsked(test) || (paces.length > 0 && paces.length === test.directions.length)) return asked;
  const link = linkRateLimits(test);
  const lost = [...socketBufferLimits(test), ...pathLossLimits(test)];
  const working = [...carrierThreadLimits(test), ...saturatedCoreLimits(test), ...saturatedThreadLimits(test)];
  const waiting = [...windowLimits(test), ...retransmitLimits(test)];
  const first = lossComesFirst(test) ? [...lost, ...working] : [...working, ...lost];
  return [...link, ...first, ...waiting, ...leftOver(test, [...link, ...working, ...waiting, ...asked]), ...asked];
}

/** The sender sent more than could be taken in, and it was not for want of CPU at the receiver. */
function lossComesFirst({ directions, rows }: JudgedTest): boolean {
  const receiving = directions.flatMap(({ receivers }) => receivers.flatMap(({ bytesByCore }) => bytesByCore));
  const receiverWithoutTime = rows.some(
    ({ core, idle }) => 100 - idle >= SATURATED_PERCENT && receiving.some((part) => part.core === core),
  );
  return !receiverWithoutTime && directions.some(({ lostPercent = 0 }) => lostPercent >= MANY_LOST_PERCENT);
}

/** The kernel has no clock for these: they are what is left where nothing else, and nobody else, explains the rate. */
function leftOver(test: JudgedTest, explained: readonly Limit[]): Limit[] {
  if (coresSharedWithOthers(test.rows).length > 0 || explained.some(explains)) return [];
  const paced = pacingLimits(test);
  return paced.length > 0 ? paced : congestionWindowLimits(test);
}

/**
 * Cores, threads and rates do so by themselves. So do windows from where they are noteworthy: a sender that waits for room
 * now and then is idle because of that, and nothing tells how long it would have been idle for its pace without it.
 */
function explains({ kind }: Limit): boolean {
  return kind !== 'retransmits' && kind !== 'reordering';
}
