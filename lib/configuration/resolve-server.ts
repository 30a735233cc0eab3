import { RequestError } from '../errors.js';
import { iperf3Error } from '../iperf3-errors.js';
import type { ServerAuthentication, ServerConfiguration } from './configuration.js';
import {
  checkBitrateLimitWindowSeconds,
  checkIdleTimeoutSeconds,
  checkMaxClients,
  checkMaxDurationSeconds,
  checkNotNegative,
  checkTimeSkewSeconds,
} from './limits.js';
import { type CommonRequest, resolveCommon } from './resolve-common.js';

/** What a server may be asked to do. Everything absent takes iperf3's default. */
export interface ServerRequest extends CommonRequest {
  /** Of the command line: detached from the terminal. */
  daemon?: boolean | undefined;
  /** Ends after one test. Default false. */
  oneOff?: boolean | undefined;
  /** Tests at a time, 1 to 256. Default 1, as iperf3 has it. Limits of rate and duration hold for each. */
  maxClients?: number | undefined;
  /** Refuses or ends tests above this total. Default 0: no limit. */
  bitrateLimitBitsPerSecond?: number | undefined;
  /** Of the running average that the limit is held against. Default 5. */
  bitrateLimitWindowSeconds?: number | undefined;
  /** Restarts, or with oneOff ends, after this long without a client. Default: never. */
  idleTimeoutSeconds?: number | undefined;
  /** Refuses longer tests. Default 0: any. */
  maxDurationSeconds?: number | undefined;
  /** Only clients with credentials from the users file are served. */
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
    maxClients: checkSeveralClients(request),
    bitrateLimitBitsPerSecond: checkNotNegative(request.bitrateLimitBitsPerSecond ?? 0),
    bitrateLimitWindowSeconds: checkBitrateLimitWindowSeconds(request.bitrateLimitWindowSeconds ?? 5),
    idleTimeoutSeconds:
      request.idleTimeoutSeconds === undefined ? undefined : checkIdleTimeoutSeconds(request.idleTimeoutSeconds),
    maxDurationSeconds: checkMaxDurationSeconds(request.maxDurationSeconds ?? 0),
    authentication,
  };
}

/** What can be had for one client at a time only is refused, not left undone. */
function checkSeveralClients({ maxClients = 1, oneOff, filePath }: ServerRequest): number {
  checkMaxClients(maxClients);
  if (maxClients > 1 && oneOff) {
    throw new RequestError('a one-off server serves one client: --max-clients does not go with -1', {
      code: 'ERR_MAX_CLIENTS',
      remedy: 'Leave out one of the two; a server with --max-clients runs until it is told to stop.',
    });
  }
  if (maxClients > 1 && filePath !== undefined) {
    throw new RequestError(
      'what several clients send at once cannot go into one file: --max-clients does not go with -F',
      {
        code: 'ERR_MAX_CLIENTS',
        remedy: 'Leave out one of the two.',
      },
    );
  }
  return maxClients;
}

/** Key and users file only mean something together. */
function resolveAuthentication(asked: Partial<ServerAuthentication>): ServerAuthentication | undefined {
  const { rsaPrivateKeyPath, authorizedUsersPath, timeSkewSeconds = 10, usePkcs1Padding = false } = asked;
  checkTimeSkewSeconds(timeSkewSeconds);
  if (rsaPrivateKeyPath === undefined && authorizedUsersPath === undefined) return undefined;
  if (!rsaPrivateKeyPath || !authorizedUsersPath) throw iperf3Error(23);
  return { rsaPrivateKeyPath, authorizedUsersPath, timeSkewSeconds, usePkcs1Padding };
}
