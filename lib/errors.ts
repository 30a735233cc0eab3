/**
 * Every error that vnetperf raises on purpose. `message` says what happened and where, `remedy` what to do about it.
 */
export class VnetperfError extends Error {
  override readonly name: string = 'VnetperfError';
  /** Stable identifier for programs, for example `ERR_PEER_MUTE`. */
  readonly code: string;
  /** One sentence a person can act on. */
  readonly remedy: string | undefined;
  /** iperf3's error number where it has one (also the first integer after SERVER_ERROR on the wire). */
  readonly iperf3Number: number | undefined;
  /** The kernel's errno behind the error, 0 where there was none. */
  readonly errno: number;

  constructor(message: string, details: VnetperfErrorDetails) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = details.code;
    this.remedy = details.remedy;
    this.iperf3Number = details.iperf3Number;
    this.errno = details.errno ?? 0;
  }
}

export interface VnetperfErrorDetails {
  code: string;
  remedy?: string | undefined;
  iperf3Number?: number | undefined;
  errno?: number | undefined;
  cause?: unknown;
}
