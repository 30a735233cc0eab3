/** A network namespace by its open descriptor. Sockets are made inside it; nothing else of the process enters it. */
export interface NetworkNamespace {
  readonly fd: number;
}
