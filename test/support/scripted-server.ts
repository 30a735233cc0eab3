import { message } from './protocol-vectors.js';
import { type ScriptedConnection, ScriptedListener } from './scripted-connection.js';

/** How far a scripted server goes before it does what its test is about. */
export type ServerStep =
  | 'connection accepted'
  | 'cookie taken'
  | 'parameters asked for (09)'
  | 'parameters taken'
  | 'streams asked for (0A)'
  | 'stream accepted'
  | 'test started (01)'
  | 'test running (02)'
  | 'in mid-test'
  | 'test end taken (04)'
  | 'results asked for (0D)'
  | 'results taken'
  | 'half of the results sent'
  | 'results sent'
  | 'all over (0E)';

/** The results of a server that received nothing. */
export const emptyResults = JSON.stringify({
  cpu_util_total: 1.5,
  cpu_util_user: 0.5,
  cpu_util_system: 1,
  sender_has_retransmits: -1,
  congestion_used: 'cubic',
  streams: [
    { id: 1, bytes: 0, retransmits: -1, jitter: 0, errors: 0, omitted_errors: 0, packets: 0, omitted_packets: 0 },
  ],
});

/**
 * Plays an iperf3 server of one TCP stream up to and with a step, then hands over.
 * @param then gets the control connection and the data connections there are, and ends the play.
 */
export async function playServer(
  namespace: number,
  until: ServerStep,
  then: (control: ScriptedConnection, streams: ScriptedConnection[]) => void | Promise<void>,
): Promise<{ port: number; played: Promise<void>; close(): void }> {
  const listener = new ScriptedListener(namespace);
  const opened: ScriptedConnection[] = [];
  const streams: ScriptedConnection[] = [];
  const play = async () => {
    const control = await listener.accept();
    opened.push(control);
    const half = message(emptyResults);
    const steps: Record<ServerStep, () => unknown> = {
      'connection accepted': () => {},
      'cookie taken': () => control.take(37),
      'parameters asked for (09)': () => control.send(0x09),
      'parameters taken': () => control.takeMessage(),
      'streams asked for (0A)': () => control.send(0x0a),
      'stream accepted': async () => {
        const stream = await listener.accept();
        opened.push(stream);
        await stream.take(37);
        stream.discard();
        streams.push(stream);
      },
      'test started (01)': () => control.send(0x01),
      'test running (02)': () => control.send(0x02),
      'in mid-test': () => new Promise((resolve) => setTimeout(resolve, 300)),
      'test end taken (04)': () => control.take(1),
      'results asked for (0D)': () => control.send(0x0d),
      'results taken': () => control.takeMessage(),
      'half of the results sent': () => control.send(half.subarray(0, 60)),
      'results sent': () => control.send(half.subarray(60)),
      'all over (0E)': () => control.send(0x0e),
    };
    for (const [name, step] of Object.entries(steps)) {
      await step();
      if (name === until) break;
    }
    await then(control, streams);
  };
  const played = play();
  played.catch(() => {});
  return {
    port: listener.port,
    played,
    close: () => {
      for (const connection of opened) connection.close();
      listener.close();
    },
  };
}
