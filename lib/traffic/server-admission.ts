import type { KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { ServerConfiguration } from '../configuration/configuration.js';
import type { TestSettings } from '../configuration/settings.js';
import { VnetperfError } from '../errors.js';
import { iperf3Error } from '../iperf3-errors.js';
import { authenticate, readPrivateKey } from '../protocol/authentication.js';
import { checkParameters } from '../protocol/parameter-limits.js';
import { errnoOf, strerror } from '../strerror.js';

/**
 * Whether this server runs that test: limits of the parameters themselves, then of duration and rate, then the
 * credentials. undefined = welcome.
 */
export function refusal(settings: TestSettings, configuration: ServerConfiguration): VnetperfError | undefined {
  return (
    checkParameters(settings) ??
    durationRefusal(settings, configuration) ??
    rateRefusal(settings, configuration) ??
    credentialsRefusal(settings, configuration)
  );
}

function durationRefusal(
  settings: TestSettings,
  { maxDurationSeconds }: ServerConfiguration,
): VnetperfError | undefined {
  if (maxDurationSeconds === 0) return undefined;
  const seconds = settings.durationSeconds + settings.omitSeconds;
  return settings.durationSeconds === 0 || seconds > maxDurationSeconds ? iperf3Error(37) : undefined;
}

function rateRefusal(
  settings: TestSettings,
  { bitrateLimitBitsPerSecond }: ServerConfiguration,
): VnetperfError | undefined {
  if (bitrateLimitBitsPerSecond === 0) return undefined;
  const streams = settings.parallel * (settings.direction === 'bidirectional' ? 2 : 1);
  const rate = Math.max(settings.rateBitsPerSecond, settings.fqRateBitsPerSecond);
  return streams * rate > bitrateLimitBitsPerSecond ? iperf3Error(27) : undefined;
}

function credentialsRefusal(
  settings: TestSettings,
  { authentication }: ServerConfiguration,
): VnetperfError | undefined {
  if (authentication === undefined) return undefined;
  const { rsaPrivateKeyPath, authorizedUsersPath, timeSkewSeconds, usePkcs1Padding } = authentication;
  // Read for every test: an operator adds users without a restart.
  let path = rsaPrivateKeyPath;
  let privateKey: KeyObject;
  let users: string;
  try {
    privateKey = readPrivateKey(readFileSync(path));
    path = authorizedUsersPath;
    users = readFileSync(path, 'utf8');
  } catch (cause) {
    // The client hears what every other hears that is not let in: the number alone.
    const reason = cause instanceof VnetperfError ? cause.message : strerror(errnoOf(cause));
    const remedy = 'Nobody is let in until the server can read it; it looks again for every client.';
    return iperf3Error(142, { context: `${path}: ${reason}`, remedy, cause });
  }
  const nowSeconds = Math.floor(Date.now() / 1000);
  const asked = { token: settings.authToken, privateKey, users, nowSeconds, timeSkewSeconds, usePkcs1Padding };
  return authenticate(asked).authenticated ? undefined : iperf3Error(142);
}
