import { readFileSync } from 'node:fs';
import type { ClientConfiguration } from '../configuration/configuration.js';
import type { TestSettings } from '../configuration/settings.js';
import { iperf3Error } from '../iperf3-errors.js';
import { encryptToken } from '../protocol/auth-token.js';
import { readPublicKey } from '../protocol/authentication.js';
import type { SessionEvent } from './events.js';

/** When the control connection's segment size is no usable datagram size: Ethernet's 1500 less IPv4 and TCP headers. */
const UDP_FALLBACK_LENGTH_BYTES = 1460;
const UDP_MAX_LENGTH_BYTES = 65_507;

/**
 * The settings that go to the server: what can only be known with the control connection at hand (datagram size,
 * credentials and their time stamp) filled in.
 * @throws VnetperfError when the key cannot be read.
 */
export function clientSettings(
  configuration: ClientConfiguration,
  controlMssBytes: number,
): { settings: TestSettings; warnings: Extract<SessionEvent, { type: 'warning' | 'verbose' }>[] } {
  const warnings: Extract<SessionEvent, { type: 'warning' | 'verbose' }>[] = [];
  const settings: TestSettings = { ...configuration.settings };

  if (settings.protocol === 'udp') {
    const usable = controlMssBytes > 0 && controlMssBytes <= UDP_MAX_LENGTH_BYTES;
    if (settings.lengthBytes === 0) {
      if (!usable) warnings.push({ type: 'warning', message: `Ignoring nonsense TCP MSS ${controlMssBytes}` });
      settings.lengthBytes = usable ? controlMssBytes : UDP_FALLBACK_LENGTH_BYTES;
      warnings.push({ type: 'verbose', message: `Setting UDP block size to ${settings.lengthBytes}` });
    } else if (usable && settings.lengthBytes > controlMssBytes) {
      warnings.push({
        type: 'warning',
        message: `UDP block size ${settings.lengthBytes} exceeds TCP MSS ${controlMssBytes}, may result in fragmentation / drops`,
      });
    }
  } else if (settings.lengthBytes === 0) {
    settings.lengthBytes = settings.protocol === 'sctp' ? 65_536 : 131_072;
  }

  if (configuration.credentials !== undefined) settings.authToken = authToken(configuration.credentials);
  return { settings, warnings };
}

function authToken(credentials: NonNullable<ClientConfiguration['credentials']>): string {
  let publicKey: string;
  try {
    publicKey = readFileSync(credentials.rsaPublicKeyPath, 'utf8');
  } catch (cause) {
    throw iperf3Error(22, { context: `${credentials.rsaPublicKeyPath}: ${(cause as Error).message}`, cause });
  }
  const { username, password, usePkcs1Padding } = credentials;
  const contents = { username, password: password ?? '', timestampSeconds: Math.floor(Date.now() / 1000) };
  return encryptToken(contents, readPublicKey(publicKey), usePkcs1Padding);
}
