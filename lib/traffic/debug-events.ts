import type { ExchangeListener } from '../protocol/json-message.js';
import type { SessionEvent, StartEvent, StreamInterval } from './events.js';

/** Who is told what happens in a session. */
type Listener = (event: SessionEvent) => void;

/**
 * -d: what is told, with what is behind it beside it. Nothing is added for single blocks, as iperf3 does: that would be
 * tens of thousands of lines a second, and measure the terminal.
 */
export function withDebugEvents(listener: Listener, debugLevel: number): Listener {
  if (debugLevel === 0) return listener;
  const debug = (message: string) => listener({ type: 'debug', message });
  return (event) => {
    if (event.type === 'start') socketLines(event).forEach(debug);
    if (event.type === 'interval') event.streams.map(intervalLine).forEach(debug);
    listener(event);
  };
}

/** The JSON of the control connection, as it went over it. Nothing without -d. */
export function exchangeEvents(listener: Listener, debugLevel: number): ExchangeListener {
  if (debugLevel === 0) return () => {};
  return (name, document) => listener({ type: 'debug', message: name, document });
}

function socketLines({ socketBufferBytes, sendBufferActualBytes, receiveBufferActualBytes, congestion }: StartEvent) {
  return [
    `SNDBUF is ${sendBufferActualBytes}, expecting ${socketBufferBytes}`,
    `RCVBUF is ${receiveBufferActualBytes}, expecting ${socketBufferBytes}`,
    ...(congestion === undefined ? [] : [`Congestion algorithm is ${congestion}`]),
  ];
}

function intervalLine({ stream, startSeconds, endSeconds, bytes, tcp, core }: StreamInterval): string {
  return [
    `[${String(stream.socket).padStart(3)}] interval_len ${(endSeconds - startSeconds).toFixed(6)} bytes_transferred ${bytes}`,
    ...(tcp === undefined ? [] : [`snd_cwnd ${tcp.congestionWindowBytes} bytes rtt ${tcp.rttMicroseconds} us`]),
    `core ${core}`,
  ].join(' ');
}
