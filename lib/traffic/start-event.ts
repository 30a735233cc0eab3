import type { TestSettings } from '../configuration/settings.js';
import type { DataStream } from './client-streams.js';
import type { ConnectEvent, StartEvent } from './events.js';

/** What is told as the traffic starts. Buffers are those of the first stream, as iperf3 has it. */
export function startEvent(
  settings: TestSettings,
  intervalSeconds: number,
  streams: DataStream[],
  connect: ConnectEvent,
): StartEvent {
  const facts = streams[0]?.socket.facts();
  return {
    type: 'start',
    role: connect.role,
    settings,
    intervalSeconds,
    streams: streams.map(({ identity }) => identity),
    socketBufferBytes: settings.windowBytes,
    sendBufferActualBytes: facts?.sendBufferBytes ?? 0,
    receiveBufferActualBytes: facts?.receiveBufferBytes ?? 0,
    congestion: facts?.congestion,
    connect,
  };
}
