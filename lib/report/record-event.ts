import type { SessionEvent } from '../traffic/events.js';
import { emptyHistory, type TestHistory } from './json-document.js';

/** The history with one more event in it. A new one begins with a server's listening. */
export function recordEvent(history: TestHistory, event: SessionEvent, keepIntervals: boolean): TestHistory {
  switch (event.type) {
    case 'listening':
      return emptyHistory(history.role);
    case 'connect':
      return { ...history, connect: event };
    case 'stream-connected':
      return { ...history, connected: [...history.connected, event.stream] };
    case 'start':
      return { ...history, connect: event.connect, connected: event.streams, start: event };
    case 'interval':
      // Appended in place: a day of intervals must not be copied for each new one.
      if (keepIntervals) history.intervals.push(event);
      return history;
    case 'end':
      return { ...history, end: event };
    case 'error':
      return { ...history, error: event.error };
    default:
      return history;
  }
}
