import type { ServerConfiguration } from '../configuration/configuration.js';
import { loadNative } from '../platform/load-native.js';
import type { NativeSocket, SocketOptions } from '../platform/native.js';
import type { NetworkNamespace } from './namespace.js';
import { resolveHost } from './resolve-host.js';
import { socketError } from './socket-errors.js';

const BACKLOG = 256;

/**
 * The listening socket. Of one client's server it is made anew for a test that asks for a buffer size, a segment size or
 * MPTCP: those take part in the handshake, so an accepted socket would have them too late. Among several clients that
 * would reset who is just connecting: there it is one of MPTCP, which takes connections of plain TCP as what they are.
 */
export class ServerListener {
  readonly #configuration: ServerConfiguration;
  readonly #namespace: NetworkNamespace | undefined;
  readonly #beforeReopening: (listener: ServerListener) => void;
  #socket: NativeSocket | undefined;
  #port = 0;
  #bindHost: string | undefined;
  #family: 4 | 6 = 6;
  #special = false;
  #takesMptcp = false;
  #plainCongestion: string | undefined;

  /** @param beforeReopening takes the connections that stand already: they would be reset with the listening socket. */
  constructor(
    configuration: ServerConfiguration,
    namespace: NetworkNamespace | undefined,
    beforeReopening: (listener: ServerListener) => void,
  ) {
    this.#configuration = configuration;
    this.#namespace = namespace;
    this.#beforeReopening = beforeReopening;
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
    this.#listenPlainly();
    this.#port = this.socket.localAddress().port;
  }

  /** For one test: with options that must stand before the handshake. */
  reopen(protocol: 'tcp' | 'mptcp' | 'sctp', options: SocketOptions): void {
    this.#special = true;
    this.#beforeReopening(this);
    this.#listen(protocol, options);
  }

  /** Whether connections of MPTCP are accepted as such without a listening socket of their own. */
  get takesMptcp(): boolean {
    return this.#takesMptcp;
  }

  /** What it has when no test wishes for another; undefined = not known now. */
  get congestion(): string | undefined {
    return this.#plainCongestion ?? this.#socket?.facts().congestion;
  }

  /** Accepted sockets inherit it, so that no data socket starts under another algorithm (and paced for its life). */
  useCongestion(name: string): void {
    this.#plainCongestion ??= this.socket.facts().congestion;
    this.socket.setOptions({ congestion: name });
  }

  /** Takes back what a test wished for. */
  restore(): void {
    const [special, congestion] = [this.#special, this.#plainCongestion];
    this.#special = false;
    this.#plainCongestion = undefined;
    // A server that has been stopped meanwhile stays closed.
    if (this.#socket === undefined) return;
    if (special) this.#takeBack();
    else if (congestion !== undefined) this.#socket.setOptions({ congestion });
  }

  #takeBack(): void {
    this.#beforeReopening(this);
    try {
      this.#listenPlainly();
    } catch {
      // The port went to somebody else in this moment: the server goes on trying, see openAgain().
    }
  }

  /** false: a test left it closed, or the port went to somebody else while it was being made anew. */
  get isOpen(): boolean {
    return this.#socket !== undefined;
  }

  /** @throws VnetperfError 102 */
  openAgain(): void {
    this.#listenPlainly();
  }

  close(): void {
    this.#forget();
  }

  #forget(): void {
    this.#socket?.close();
    this.#socket = undefined;
  }

  /** @throws VnetperfError 102 */
  #listenPlainly(): void {
    this.#takesMptcp = this.#configuration.maxClients > 1 && this.#listenToMptcp();
    if (!this.#takesMptcp) this.#listen('tcp', {});
  }

  #listenToMptcp(): boolean {
    try {
      this.#listen('mptcp', {});
    } catch {
      // No MPTCP here, or no listening at all, which is then told of TCP.
      return false;
    }
    // In kernels too old to tell it, other options of such a socket are not to be had either.
    return this.#socket?.facts().congestion !== undefined;
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
