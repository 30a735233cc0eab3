import type { TestSettings } from '../../configuration/settings.js';
import type { Limit } from '../measurement.js';
import { arrivedAsAsked, askedRateLimits } from './asked-rate.js';
import { carrierThreadLimits } from './carrier-thread.js';
import { congestionWindowLimits } from './congestion-window.js';
import { pathLossLimits, socketBufferLimits } from './datagram-loss.js';
import { judgedTest, type LimitFigures } from './judged-test.js';
import { pacingLimits } from './pacing.js';
import { retransmitLimits } from './retransmits.js';
import { saturatedCoreLimits, saturatedThreadLimits } from './saturated-cores.js';
import { windowLimits } from './tcp-windows.js';

/**
 * What kept a test from being faster, the strongest first. Every claim is from figures of the measurement, and they
 * stand beside it. What has no time left comes before what waited for it: a receiver without CPU shuts its window, so
 * windows, losses and pacing are told as causes of their own only after cores and threads.
 */
export function limitsOf(measured: LimitFigures, settings: TestSettings): Limit[] {
  const test = judgedTest(measured, settings);
  const asked = askedRateLimits(test);
  if (arrivedAsAsked(test)) return asked;
  const working = [...carrierThreadLimits(test), ...saturatedCoreLimits(test), ...saturatedThreadLimits(test)];
  const waiting = [...windowLimits(test), ...retransmitLimits(test)];
  const lost = [...socketBufferLimits(test), ...pathLossLimits(test)];
  // The kernel has no figure for these two: they are what is left where nothing else explains the rate.
  const unexplained = working.length === 0 && asked.length === 0;
  const spaced = unexplained && !waiting.some(holdsUpMost) ? pacingLimits(test) : [];
  const filled = unexplained && spaced.length === 0 ? congestionWindowLimits(test) : [];
  return [...working, ...lost, ...waiting, ...spaced, ...filled, ...asked];
}

/** For more than half of the time. */
function holdsUpMost({ evidence }: Limit): boolean {
  return (evidence.percentOfTime ?? 0) > 50;
}
