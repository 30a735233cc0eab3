import { channel } from 'node:diagnostics_channel';
import type { EndRecord, IntervalRecord } from '../traffic/events.js';

/** What subscribers of the channel `vnetperf:interval` of node:diagnostics_channel are given. */
export interface IntervalMessage {
  /** Which end of the test tells. */
  role: 'client' | 'server';
  /** Which of a server's tests, counted from 1; absent at a client. */
  testNumber?: number | undefined;
  /** The interval that is over. */
  interval: IntervalRecord;
}

/** What subscribers of the channel `vnetperf:end` of node:diagnostics_channel are given. */
export interface EndMessage {
  /** Which end of the test tells. */
  role: 'client' | 'server';
  /** Which of a server's tests, counted from 1; absent at a client. */
  testNumber?: number | undefined;
  /** The final figures of the test. */
  end: EndRecord;
}

const intervals = channel('vnetperf:interval');
const ends = channel('vnetperf:end');

export function publishInterval(message: IntervalMessage): void {
  if (intervals.hasSubscribers) intervals.publish(message);
}

export function publishEnd(message: EndMessage): void {
  if (ends.hasSubscribers) ends.publish(message);
}
