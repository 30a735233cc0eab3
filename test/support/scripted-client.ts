import { encodeCookie, makeCookie } from '../../lib/protocol/cookie.js';
import { message } from './protocol-vectors.js';
import { connectIn, type ScriptedConnection } from './scripted-connection.js';
import { emptyResults } from './scripted-server.js';

/** How far a scripted client goes before it does what its test is about. */
export type ClientStep =
  | 'connected'
  | 'half of the cookie sent'
  | 'cookie sent'
  | 'half of the parameters sent'
  | 'parameters sent'
  | 'stream connected'
  | 'stream cookie sent'
  | 'test running'
  | 'in mid-test'
  | 'test end sent (04)'
  | 'half of the results sent'
  | 'results sent'
  | 'results taken'
  | 'goodbye sent (10)';

/** Each test has one of its own. */
export function newCookie(): Uint8Array {
  return encodeCookie(makeCookie());
}

export const tcpParameters = { tcp: true, omit: 0, time: 2, num: 0, blockcount: 0, parallel: 1, len: 1000 };

/** Cookie sent, parameters asked for. */
export async function introduce(
  namespace: number,
  port: number,
  cookie: Uint8Array = newCookie(),
): Promise<ScriptedConnection> {
  const control = await connectIn(namespace, port);
  control.send(cookie);
  const answer = (await control.take(1))[0];
  if (answer !== 0x09) throw new Error(`the server answered ${answer}`);
  return control;
}

/** A data connection that shows a cookie. */
export async function joinStream(namespace: number, port: number, cookie: Uint8Array): Promise<ScriptedConnection> {
  const stream = await connectIn(namespace, port);
  stream.send(cookie);
  return stream;
}

/** Plays an iperf3 client of one TCP stream up to and with a step. */
export async function playClient(namespace: number, port: number, until: ClientStep): Promise<ScriptedConnection[]> {
  const control = await connectIn(namespace, port);
  const cookie = newCookie();
  const streams: ScriptedConnection[] = [];
  const parameters = message(JSON.stringify(tcpParameters));
  const results = message(emptyResults);
  const steps: Record<ClientStep, () => unknown> = {
    connected: () => {},
    'half of the cookie sent': () => control.send(cookie.subarray(0, 20)),
    'cookie sent': async () => {
      control.send(cookie.subarray(20));
      await control.take(1);
    },
    'half of the parameters sent': () => control.send(parameters.subarray(0, 30)),
    'parameters sent': async () => {
      control.send(parameters.subarray(30));
      await control.take(1);
    },
    'stream connected': async () => {
      streams.push(await connectIn(namespace, port));
    },
    'stream cookie sent': () => streams[0]?.send(cookie),
    'test running': () => control.take(2),
    'in mid-test': () => {
      streams[0]?.send(Buffer.alloc(10_000));
      return new Promise((resolve) => setTimeout(resolve, 200));
    },
    'test end sent (04)': async () => {
      control.send(0x04);
      await control.take(1);
    },
    'half of the results sent': () => control.send(results.subarray(0, 60)),
    'results sent': () => control.send(results.subarray(60)),
    'results taken': async () => {
      await control.takeMessage();
      await control.take(1);
    },
    'goodbye sent (10)': () => control.send(0x10),
  };
  for (const [name, step] of Object.entries(steps)) {
    await step();
    if (name === until) break;
  }
  return [control, ...streams];
}
