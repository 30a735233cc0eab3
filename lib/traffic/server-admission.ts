import { readFileSync } from 'node:fs';
import type { ServerConfiguration } from '../configuration/configuration.js';
import type { TestSettings } from '../configuration/settings.js';
import type { VnetperfError } from '../errors.js';
import { iperf3Error } from '../iperf3-errors.js';
import { authenticate, readPrivateKey } from '../protocol/authentication.js';
import { checkParameters } from '../protocol/parameter-limits.js';

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
  // Read for every test: an operator adds users without a restart.
  const outcome = authenticate({
    token: settings.authToken,
    privateKey: readPrivateKey(readFileSync(authentication.rsaPrivateKeyPath)),
    users: readUsers(authentication.authorizedUsersPath),
    nowSeconds: Math.floor(Date.now() / 1000),
    timeSkewSeconds: authentication.timeSkewSeconds,
    usePkcs1Padding: authentication.usePkcs1Padding,
  });
  return outcome.authenticated ? undefined : iperf3Error(142);
}

function readUsers(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
