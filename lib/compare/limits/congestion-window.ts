import type { IntervalMeasurement, Limit, StreamMeasurement } from '../measurement.js';
import { bytesInWords } from './figures-in-words.js';
import { type JudgedDirection, type JudgedTest, sum } from './judged-test.js';
import { shareOfBusyTime } from './tcp-windows.js';

/** What is in flight fills the window when it is this part of it; far more than all of it means that the samples misled. */
const FULL = { atLeast: 0.8, atMost: 1.25 };

interface Window {
  bytesPerSecond: number;
  windowBytes: number;
  rttSeconds: number;
}

/**
 * The bytes in flight (rate times round trip, Little's law) fill the congestion window, and what the kernel has its own
 * clocks for held the senders up for less than half of the time. Round trips under load hold the queues of the path, so
 * this does not say that a larger window would be faster: it is asked only where no core and no pacing explains the rate.
 */
export function congestionWindowLimits(test: JudgedTest): Limit[] {
  return test.directions.flatMap((direction): Limit[] => {
    if (direction.senders.some(({ paced }) => paced === true)) return [];
    const receiveWindow = shareOfBusyTime(direction, 'receiveWindowLimitedSeconds');
    const sendBuffer = shareOfBusyTime(direction, 'sendBufferLimitedSeconds');
    if (receiveWindow === undefined || sendBuffer === undefined) return [];
    if (receiveWindow.percentOfTime + sendBuffer.percentOfTime >= 50) return [];
    const windows = windowsOf(direction, test);
    if (windows === undefined) return [];
    const windowBytes = sum(windows.map((window) => window.windowBytes));
    const inFlightBytes = sum(windows.map(({ bytesPerSecond, rttSeconds }) => bytesPerSecond * rttSeconds));
    if (inFlightBytes < FULL.atLeast * windowBytes || inFlightBytes > FULL.atMost * windowBytes) return [];
    const meanBytes = windowBytes / windows.length;
    const rttMicroseconds = (1e6 * sum(windows.map(({ rttSeconds }) => rttSeconds))) / windows.length;
    return [
      {
        kind: 'congestion-window',
        text: `${direction.label}congestion window, ${bytesInWords(meanBytes)} in ${rttMicroseconds.toFixed(0)} µs`,
        evidence: { congestionWindowBytes: meanBytes, rttMicroseconds, inFlightBytes, streams: windows.length },
      },
    ];
  });
}

/** Of every sender of the direction; undefined where one of them is not known. */
function windowsOf({ senders }: JudgedDirection, { measured, wholeSeconds }: JudgedTest): Window[] | undefined {
  const windows = senders.map(
    (stream) => sampledWindow(stream, measured.intervals) ?? highestWindow(stream, wholeSeconds),
  );
  const known = windows.filter((window) => window !== undefined);
  return known.length > 0 && known.length === windows.length ? known : undefined;
}

/** Means of what the sender's kernel said at the end of each interval. */
function sampledWindow({ id }: StreamMeasurement, intervals: readonly IntervalMeasurement[]): Window | undefined {
  const samples = intervals
    .filter(({ omitted }) => !omitted)
    .flatMap(({ startSeconds, endSeconds, streams }) =>
      streams
        .filter((stream) => stream.id === id)
        .map(({ bytes, congestionWindowBytes, rttMicroseconds }) => ({
          seconds: endSeconds - startSeconds,
          bytes,
          congestionWindowBytes,
          rttMicroseconds,
        })),
    );
  if (samples.length === 0) return undefined;
  const windows = samples.flatMap(({ congestionWindowBytes: bytes }) => (bytes === undefined ? [] : [bytes]));
  const rtts = samples.flatMap(({ rttMicroseconds: rtt }) => (rtt === undefined ? [] : [rtt]));
  const seconds = sum(samples.map((sample) => sample.seconds));
  if (windows.length < samples.length || rtts.length < samples.length || seconds <= 0) return undefined;
  return {
    bytesPerSecond: sum(samples.map(({ bytes }) => bytes)) / seconds,
    windowBytes: sum(windows) / windows.length,
    rttSeconds: sum(rtts) / rtts.length / 1e6,
  };
}

/** Of an end whose intervals are not known there is the window at its widest. */
function highestWindow({ bytes, tcp }: StreamMeasurement, wholeSeconds: number): Window | undefined {
  if (tcp === undefined || tcp.maxCongestionWindowBytes <= 0 || wholeSeconds <= 0) return undefined;
  return {
    bytesPerSecond: bytes / wholeSeconds,
    windowBytes: tcp.maxCongestionWindowBytes,
    rttSeconds: tcp.meanRttMicroseconds / 1e6,
  };
}
