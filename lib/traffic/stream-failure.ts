import { constants } from 'node:os';
import type { VnetperfError } from '../errors.js';
import { iperf3Error } from '../iperf3-errors.js';
import type { DataStream } from './client-streams.js';

const { ECONNREFUSED, ECONNRESET, EPIPE, ETIMEDOUT } = constants.errno;

/** Whether it was the peer's end that failed, and it may say why. It knows nothing of what this kernel refuses. */
export function peerMayKnowWhy({ errno }: { errno: number }): boolean {
  return [0, ECONNREFUSED, ECONNRESET, EPIPE, ETIMEDOUT].includes(errno);
}

/** An error about a stream whose socket died while the test ran. */
export function streamFailure(stream: DataStream, failure: { errno: number; syscall: string }): VnetperfError {
  const { identity } = stream;
  const where = `stream ${identity.socket}, ${identity.remote.host} port ${identity.remote.port}`;
  if (failure.errno === 0) return iperf3Error(207, { context: where });
  return iperf3Error(identity.sender ? 205 : 206, { errno: failure.errno, context: where });
}
