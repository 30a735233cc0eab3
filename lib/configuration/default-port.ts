/** iperf3's own: where its server listens and its client connects unless told otherwise. */
export const DEFAULT_PORT = 5201;
