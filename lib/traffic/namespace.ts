/** A network namespace by its open descriptor. Sockets are made inside it; nothing else of the process enters it. */
export interface NetworkNamespace {
  /** An open descriptor of it, valid until the network is closed. */
  readonly fd: number;
}
