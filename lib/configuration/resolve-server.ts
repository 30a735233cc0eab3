import { iperf3Error } from '../iperf3-errors.js';
import type { ServerAuthentication, ServerConfiguration } from './configuration.js';
import {
  checkBitrateLimitWindowSeconds,
  checkIdleTimeoutSeconds,
  checkMaxDurationSeconds,
  checkNotNegative,
  checkTimeSkewSeconds,
} from './limits.js';
import { type CommonRequest, resolveCommon } from './resolve-common.js';

/** What a server may be asked to do. Everything absent takes iperf3's default. */
export interface ServerRequest extends CommonRequest {
  daemon?: boolean | undefined;
  oneOff?: boolean | undefined;
  bitrateLimitBitsPerSecond?: number | undefined;
  bitrateLimitWindowSeconds?: number | undefined;
  idleTimeoutSeconds?: number | undefined;
  maxDurationSeconds?: number | undefined;
  authentication?: Partial<ServerAuthentication> | undefined;
}

/**
 * A complete server configuration, every limit checked.
 *
 * @throws the iperf3 error (`iperf3Number`) of the first limit that is not kept.
 */
export function resolveServer(request: ServerRequest): ServerConfiguration {
  const authentication = request.authentication && resolveAuthentication(request.authentication);
  return {
    ...resolveCommon(request),
    role: 'server',
    daemon: request.daemon ?? false,
    oneOff: request.oneOff ?? false,
    bitrateLimitBitsPerSecond: checkNotNegative(request.bitrateLimitBitsPerSecond ?? 0),
    bitrateLimitWindowSeconds: checkBitrateLimitWindowSeconds(request.bitrateLimitWindowSeconds ?? 5),
    idleTimeoutSeconds:
      request.idleTimeoutSeconds === undefined ? undefined : checkIdleTimeoutSeconds(request.idleTimeoutSeconds),
    maxDurationSeconds: checkMaxDurationSeconds(request.maxDurationSeconds ?? 0),
    authentication,
  };
}

/** Key and users file only mean something together. */
function resolveAuthentication(asked: Partial<ServerAuthentication>): ServerAuthentication | undefined {
  const { rsaPrivateKeyPath, authorizedUsersPath, timeSkewSeconds = 10, usePkcs1Padding = false } = asked;
  checkTimeSkewSeconds(timeSkewSeconds);
  if (rsaPrivateKeyPath === undefined && authorizedUsersPath === undefined) return undefined;
  if (!rsaPrivateKeyPath || !authorizedUsersPath) throw iperf3Error(23);
  return { rsaPrivateKeyPath, authorizedUsersPath, timeSkewSeconds, usePkcs1Padding };
}
