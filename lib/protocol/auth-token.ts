import { constants, type KeyObject, publicEncrypt } from 'node:crypto';
import { RequestError } from '../errors.js';
import { iperf3Error } from '../iperf3-errors.js';

export interface TokenContents {
  username: string;
  password: string;
  /** Unix time by the client's clock. */
  timestampSeconds: number;
}

/**
 * The value of `authtoken`: name, password and time, encrypted with the server's public key, in base64. OAEP (with
 * SHA-1) is iperf3's padding since 3.17, PKCS#1 v1.5 the one before.
 *
 * @throws VnetperfError when the credentials are empty, begin with a blank, have line breaks, or are too long for the key.
 */
export function encryptToken(contents: TokenContents, publicKey: KeyObject, usePkcs1Padding: boolean): string {
  checkCredential('user name', contents.username);
  checkCredential('password', contents.password);
  const plaintext = Buffer.from(formatToken(contents), 'utf8');
  const excess = plaintext.length - longestPlaintextBytes(publicKey, usePkcs1Padding);
  if (excess > 0) {
    throw new RequestError(`the user name and the password are ${excess} bytes too long for this RSA key`, {
      code: 'ERR_CREDENTIALS_TOO_LONG',
      remedy: 'Use shorter credentials, or a longer RSA key on the server.',
    });
  }
  const padding = usePkcs1Padding ? constants.RSA_PKCS1_PADDING : constants.RSA_PKCS1_OAEP_PADDING;
  return publicEncrypt({ key: publicKey, padding, oaepHash: 'sha1' }, plaintext).toString('base64');
}

/** What is encrypted, with iperf3's blanks. */
export function formatToken({ username, password, timestampSeconds }: TokenContents): string {
  return `user: ${username}\npwd:  ${password}\nts:   ${Math.trunc(timestampSeconds)}`;
}

/**
 * The contents of a decrypted token, or undefined when it is none. iperf3 ends a name and a password at a blank, this
 * reader at the end of the line, so that a password of several words can be used between two vnetperfs.
 */
export function parseToken(plaintext: Uint8Array): TokenContents | undefined {
  const text = Buffer.from(plaintext).toString('utf8');
  const fields = /^user: *([^ \n][^\n]*)\npwd: *([^ \n][^\n]*)\nts: *(-?[0-9]{1,15})[\n\0]*$/.exec(text);
  if (fields === null) {
    return undefined;
  }
  return { username: fields[1]!, password: fields[2]!, timestampSeconds: Number(fields[3]) };
}

function checkCredential(what: string, value: string): void {
  if (value === '') {
    throw iperf3Error(22, { context: `the ${what} is empty` });
  }
  if (/^ |[\n\r\0]/.test(value)) {
    throw iperf3Error(22, { context: `the ${what} begins with a blank or has a line break in it` });
  }
}

/** RFC 8017: OAEP takes two digests and two bytes of each block, PKCS#1 v1.5 takes eleven bytes. */
function longestPlaintextBytes(publicKey: KeyObject, usePkcs1Padding: boolean): number {
  const modulusBytes = Math.ceil((publicKey.asymmetricKeyDetails?.modulusLength ?? 0) / 8);
  const sha1Bytes = 20;
  return modulusBytes - (usePkcs1Padding ? 11 : 2 * sha1Bytes + 2);
}
