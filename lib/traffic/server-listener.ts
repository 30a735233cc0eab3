import type { ServerConfiguration } from '../configuration/configuration.js';
import { loadNative } from '../platform/load-native.js';
import type { NativeSocket, SocketOptions } from '../platform/native.js';
import type { NetworkNamespace } from './namespace.js';
import { resolveHost } from './resolve-host.js';
import { socketError } from './socket-errors.js';

const BACKLOG = 256;

/**
 * The listening socket. It is made anew for a test that asks for a buffer size, a segment size or MPTCP: those take
 * part in the handshake, so an accepted socket would have them too late.
 */
export class ServerListener {
  readonly #configuration: ServerConfiguration;
  readonly #namespace: NetworkNamespace | undefined;
  #socket: NativeSocket | undefined;
  #port = 0;
  #bindHost: string | undefined;
  #family: 4 | 6 = 6;
  #special = false;
  #plainCongestion: string | undefined;

  constructor(configuration: ServerConfiguration, namespace: NetworkNamespace | undefined) {
    this.#configuration = configuration;
    this.#namespace = namespace;
  }

  isIn(namespace: NetworkNamespace): boolean {
    return this.#namespace?.fd === namespace.fd;
  }

  get port(): number {
    return this.#port;
  }

  get bindHost(): string | undefined {
    return this.#bindHost;
  }

  /** The socket to wait on and accept from; it may change from one call to the next. */
  get socket(): NativeSocket {
    if (this.#socket === undefined) throw new Error('not listening');
    return this.#socket;
  }

  /** @throws VnetperfError 102 */
  async open(): Promise<void> {
    const { bindHost, bindDevice, family, port } = this.#configuration;
    if (bindHost !== undefined) {
      const [resolved] = await resolveHost(bindHost, { family, device: bindDevice, errorNumber: 102 });
      if (resolved !== undefined) {
        this.#bindHost = resolved.host;
        this.#family = resolved.family;
      }
    } else if (family !== undefined) {
      this.#family = family;
    }
    this.#port = port;
    this.#listen('tcp', {});
    this.#port = this.socket.localAddress().port;
  }

  /** For one test: with options that must stand before the handshake. */
  reopen(protocol: 'tcp' | 'mptcp' | 'sctp', options: SocketOptions): void {
    this.#special = true;
    this.#listen(protocol, options);
  }

  /** Accepted sockets inherit it, so that no data socket starts under another algorithm (and paced for its life). */
  useCongestion(name: string): void {
    this.#plainCongestion ??= this.socket.facts().congestion;
    this.socket.setOptions({ congestion: name });
  }

  /** Takes back what a test wished for. Where that took another socket, it is closed: see {@link openAgain}. */
  restore(): void {
    if (this.#special) this.#forget();
    else if (this.#plainCongestion !== undefined) this.socket.setOptions({ congestion: this.#plainCongestion });
    this.#special = false;
    this.#plainCongestion = undefined;
  }

  /** false: a test left it closed, or the port went to somebody else while it was being made anew. */
  get isOpen(): boolean {
    return this.#socket !== undefined;
  }

  /** @throws VnetperfError 102 */
  openAgain(): void {
    this.#listen('tcp', {});
  }

  close(): void {
    this.#forget();
  }

  #forget(): void {
    this.#socket?.close();
    this.#socket = undefined;
  }

  #listen(protocol: 'tcp' | 'mptcp' | 'sctp', options: SocketOptions): void {
    this.#forget();
    try {
      this.#socket = this.#openFamily(protocol, options, this.#family);
    } catch (error) {
      // A kernel without IPv6 can still serve IPv4, when nobody asked for one or the other.
      const anyFamily = this.#bindHost === undefined && this.#configuration.family === undefined;
      if (!anyFamily || (error as NodeJS.ErrnoException).code !== 'EAFNOSUPPORT') {
        throw socketError(error, 102, { where: `port ${this.#port}`, protocol });
      }
      this.#family = 4;
      this.#socket = this.#openFamily(protocol, options, 4);
    }
  }

  #openFamily(protocol: 'tcp' | 'mptcp' | 'sctp', options: SocketOptions, family: 4 | 6): NativeSocket {
    return loadNative().openSocket({
      protocol,
      family,
      namespace: this.#namespace?.fd,
      bind: { host: this.#bindHost, port: this.#port },
      bindDevice: this.#configuration.bindDevice,
      listen: { backlog: BACKLOG },
      options: { ...options, reuseAddress: true, ...(this.#configuration.family === 6 ? { v6Only: true } : {}) },
    });
  }
}
