import type { TestSettings } from '../configuration/settings.js';
import { loadNative } from '../platform/load-native.js';
import type { NetworkNamespace } from './namespace.js';
import { socketError } from './socket-errors.js';
import { dataProtocol } from './socket-options.js';

/**
 * SCTP and MPTCP are parts a kernel may lack: that is found before a server is asked for a test of them, and before a
 * server listens to nothing else.
 * @throws VnetperfError 18, 131
 */
export function checkProtocol(settings: TestSettings, namespace: NetworkNamespace | undefined): void {
  const protocol = dataProtocol(settings);
  if (protocol !== 'sctp' && protocol !== 'mptcp') return;
  try {
    loadNative().openSocket({ protocol, family: 4, namespace: namespace?.fd }).close();
  } catch (error) {
    throw socketError(error, 131, { protocol });
  }
}
