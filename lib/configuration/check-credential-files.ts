import { accessSync, constants, readFileSync } from 'node:fs';
import { iperf3Error } from '../iperf3-errors.js';
import { errnoOf, strerror } from '../strerror.js';
import type { Configuration } from './configuration.js';

/**
 * Reads the keys and looks for the users file, so that a wrong path is heard of before the first connection.
 *
 * @throws error 22 (client), 23 or 35 (server), naming the file and what is wrong with it.
 */
export function checkCredentialFiles(configuration: Configuration): void {
  if (configuration.role === 'client') {
    const path = configuration.credentials?.rsaPublicKeyPath;
    if (path !== undefined) checkKey(path, 22, 'createPublicKey');
    return;
  }
  const { authentication } = configuration;
  if (authentication === undefined) return;
  checkKey(authentication.rsaPrivateKeyPath, 23, 'createPrivateKey');
  try {
    accessSync(authentication.authorizedUsersPath, constants.R_OK);
  } catch (cause) {
    throw iperf3Error(35, { context: `${authentication.authorizedUsersPath}: ${strerror(errnoOf(cause))}`, cause });
  }
}

function checkKey(path: string, number: 22 | 23, parser: 'createPublicKey' | 'createPrivateKey'): void {
  let pem: Buffer;
  try {
    pem = readFileSync(path);
  } catch (cause) {
    throw iperf3Error(number, { context: `${path}: ${strerror(errnoOf(cause))}`, cause });
  }
  let type: string | undefined;
  try {
    // Not imported: every start of the command comes by here, and a tenth of it would be spent on loading this.
    type = process.getBuiltinModule('node:crypto')[parser](pem).asymmetricKeyType;
  } catch (cause) {
    throw iperf3Error(number, { context: `${path}: not a PEM key that can be read without a passphrase`, cause });
  }
  if (type !== 'rsa') throw iperf3Error(number, { context: `${path}: the key is not RSA but ${type}` });
}
