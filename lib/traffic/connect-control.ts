import { constants } from 'node:os';
import type { ClientConfiguration } from '../configuration/configuration.js';
import { iperf3Error } from '../iperf3-errors.js';
import { loadNative } from '../platform/load-native.js';
import type { NativeSocket } from '../platform/native.js';
import { type ResolvedHost, resolveHost } from './resolve-host.js';
import type { SessionOptions } from './session.js';
import { interruptedError } from './session.js';
import { socketError } from './socket-errors.js';
import { controlOptions } from './socket-options.js';
import { waitFor } from './wait-for.js';

/** The kernel would go on for more than two minutes; nobody waits for that in front of a terminal. */
const DEFAULT_CONNECT_TIMEOUT_MS = 10_000;

export interface ControlConnection {
  socket: NativeSocket;
  /** The address that answered, of those the name has. */
  server: ResolvedHost;
  bindHost: string | undefined;
  mssBytes: number;
  /** idle/interval/count as set, for -V. */
  keepalive: string | undefined;
}

/**
 * Connects to the first address of the server that answers, and sends the greeting (the cookie). The segment size is
 * read behind it, where iperf3 reads it: until the first acknowledgement the kernel bounds it by half of the window
 * of the handshake, on a loopback 32741 bytes instead of 32768, and UDP datagrams take their size from it.
 * @throws VnetperfError 103 with the last address's reason.
 */
export async function connectControl(
  configuration: ClientConfiguration,
  { namespace, signal }: Pick<SessionOptions, 'namespace' | 'signal'>,
  greeting: Uint8Array,
): Promise<ControlConnection> {
  const { host, port, family, hostDevice, bindDevice } = configuration;
  const resolving = resolveHost(host, { family, device: hostDevice, errorNumber: 103 });
  const servers = await unlessAborted(resolving, signal);
  let failure: unknown;
  for (const server of servers) {
    const bindHost = await unlessAborted(bindAddress(configuration, server.family), signal);
    if (bindHost === null) continue;
    const peer = `${server.host} port ${port}`;
    let opened: NativeSocket | undefined;
    try {
      const socket: NativeSocket = loadNative().openSocket({
        protocol: 'tcp',
        family: server.family,
        namespace: namespace?.fd,
        bindDevice,
        ...(bindHost === undefined ? {} : { bind: { host: bindHost, port: 0 } }),
        connect: { host: server.host, port },
        options: controlOptions(configuration),
      });
      opened = socket;
      const timeoutMs = configuration.connectTimeoutMs ?? DEFAULT_CONNECT_TIMEOUT_MS;
      if (!(await unlessAborted(waitFor(socket, 'writable', timeoutMs), signal))) {
        throw iperf3Error(103, {
          errno: constants.errno.ETIMEDOUT,
          remedy: `No answer from ${peer} in ${timeoutMs / 1000} s: check the address, the route and the firewall on the way.`,
        });
      }
      socket.finishConnect();
      socket.write(greeting);
      return { socket, server, bindHost, mssBytes: socket.facts().mssBytes, keepalive: keepaliveText(configuration) };
    } catch (error) {
      opened?.close();
      failure = socketError(error, 103, { peer });
      if (signal?.aborted) break;
    }
  }
  if (failure === undefined) {
    throw iperf3Error(103, {
      context: `${host} and ${configuration.bindHost} are of different families`,
      remedy: 'Give -B an address of the family of the server, or -4 or -6 for a server that has both.',
    });
  }
  throw failure;
}

/** null: the -B host has no address of that family. */
async function bindAddress(configuration: ClientConfiguration, family: 4 | 6): Promise<string | undefined | null> {
  if (configuration.bindHost === undefined) return undefined;
  const found = await resolveHost(configuration.bindHost, {
    family: undefined,
    device: configuration.bindDevice,
    errorNumber: 103,
  });
  return found.find((candidate) => candidate.family === family)?.host ?? null;
}

/** @throws VnetperfError ERR_INTERRUPTED as soon as the signal is aborted, whatever is under way then. */
function unlessAborted<Result>(waiting: Promise<Result>, signal: AbortSignal | undefined): Promise<Result> {
  if (signal === undefined) return waiting;
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(interruptedError('client', signal.reason));
    signal.addEventListener('abort', onAbort, { once: true });
    waiting.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}

function keepaliveText({ controlKeepalive }: ClientConfiguration): string | undefined {
  if (controlKeepalive === undefined) return undefined;
  const { idleSeconds, intervalSeconds, count } = controlKeepalive;
  return `${idleSeconds}/${intervalSeconds}/${count}`;
}
