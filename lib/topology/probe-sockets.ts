import type { NativeAddon, NativeSocket, SocketSpecification } from '../platform/native.js';
import type { NetworkNamespace } from '../traffic/namespace.js';

/** One direction in one address family. */
export interface ProbePath {
  from: NetworkNamespace;
  to: NetworkNamespace;
  /** Numeric address to connect to. */
  host: string;
  family: 4 | 6;
  /** The port to connect to and the one to receive on, where addresses are translated between the two. */
  translated?: { port: number; serverPort: number } | undefined;
}

/** Sockets of one probe, closed together and in reverse: the listener's reset reaches a client that is still there. */
export class ProbeSockets {
  readonly #native: NativeAddon;
  readonly #open: NativeSocket[] = [];

  constructor(native: NativeAddon) {
    this.#native = native;
  }

  open(namespace: NetworkNamespace, specification: SocketSpecification): NativeSocket {
    const socket = this.#native.openSocket({ ...specification, namespace: namespace.fd });
    this.#open.push(socket);
    return socket;
  }

  add(socket: NativeSocket): NativeSocket {
    this.#open.push(socket);
    return socket;
  }

  close(): void {
    for (const socket of this.#open.splice(0)) socket.close();
  }
}

/** Where the receiving end binds. */
export function bindingOf({ host, translated }: ProbePath): { host?: string; port: number } {
  return translated === undefined ? { host, port: 0 } : { port: translated.serverPort };
}

/** Where the sending end connects, now that the receiving end has a port. */
export function targetOf({ host, translated }: ProbePath, receiver: NativeSocket): { host: string; port: number } {
  return { host, port: translated?.port ?? receiver.localAddress().port };
}
