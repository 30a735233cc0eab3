import { createHash, createPrivateKey, createPublicKey, type KeyObject, timingSafeEqual } from 'node:crypto';
import { iperf3Error } from '../iperf3-errors.js';
import { parseToken, type TokenContents } from './auth-token.js';
import { decryptOaep, decryptPkcs1 } from './rsa-decrypt.js';

export interface AuthenticationRequest {
  /** As the client sent it; undefined = it sent none. */
  token: string | undefined;
  privateKey: KeyObject;
  /** Contents of the users file; undefined = it could not be read. */
  users: string | undefined;
  /** Unix time by the server's clock. */
  nowSeconds: number;
  timeSkewSeconds: number;
  /** Also take PKCS#1 v1.5, from clients before 3.17. */
  usePkcs1Padding: boolean;
}

/**
 * `returnCode` is for the server's own debug output, with iperf3's values: 1 the clocks are too far apart, 2 no users
 * file, 3 no such user with this password, no token, or none that this key opens. The client must hear the same (142)
 * of all of them. `username` is safe to print, and empty where the token cannot be read.
 */
export type AuthenticationResult =
  | { authenticated: true; username: string; timestampSeconds: number }
  | { authenticated: false; returnCode: 1 | 2 | 3; username: string; timestampSeconds: number };

/**
 * Whether a client may run a test. Where PKCS#1 v1.5 is allowed, OAEP is tried first, so that clients of today keep
 * working beside those for which the old padding was allowed.
 */
export function authenticate(request: AuthenticationRequest): AuthenticationResult {
  const contents = readToken(request);
  const client = {
    username: printable(contents?.username ?? ''),
    timestampSeconds: contents?.timestampSeconds ?? 0,
  };
  if (contents === undefined) {
    return { authenticated: false, returnCode: 3, ...client };
  }
  if (Math.abs(request.nowSeconds - contents.timestampSeconds) > request.timeSkewSeconds) {
    return { authenticated: false, returnCode: 1, ...client };
  }
  if (request.users === undefined) {
    return { authenticated: false, returnCode: 2, ...client };
  }
  if (!isAuthorized(request.users, contents)) {
    return { authenticated: false, returnCode: 3, ...client };
  }
  return { authenticated: true, ...client };
}

/** @throws VnetperfError (iperf3's 23) when the PEM holds no RSA private key, or one with a passphrase. */
export function readPrivateKey(pem: string | Uint8Array): KeyObject {
  return readRsaKey(23, 'private', () => createPrivateKey(Buffer.from(pem)));
}

/** @throws VnetperfError (iperf3's 22) when the PEM holds no RSA public key. */
export function readPublicKey(pem: string | Uint8Array): KeyObject {
  return readRsaKey(22, 'public', () => createPublicKey(Buffer.from(pem)));
}

/** What stands behind the name in the users file: lower-case hex. */
export function credentialHash(username: string, password: string): string {
  return createHash('sha256').update(`{${username}}${password}`).digest('hex');
}

function readToken({ token, privateKey, usePkcs1Padding }: AuthenticationRequest): TokenContents | undefined {
  if (token === undefined) {
    return undefined;
  }
  const ciphertext = Buffer.from(token, 'base64');
  const decrypted = [decryptOaep(ciphertext, privateKey)];
  if (usePkcs1Padding) {
    decrypted.push(decryptPkcs1(ciphertext, privateKey));
  }
  // Both are decrypted and parsed whatever the first says, so that the time does not tell which it was.
  const contents = decrypted.map((plaintext) => parseToken(plaintext ?? new Uint8Array(0)));
  return contents.find((candidate) => candidate !== undefined);
}

/** iperf3 reads lines into 1024 bytes, NUL included. */
const USERS_LINE_LIMIT = 1023;

/** Lines `name,hash`; `#` begins a comment. Every line is compared, so that the time does not tell who is in the file. */
function isAuthorized(users: string, { username, password }: TokenContents): boolean {
  const wanted = entryDigest(username, credentialHash(username, password));
  let authorized = false;
  for (const line of users.split(/[\r\n]+/)) {
    const comma = line.indexOf(',');
    if (line.startsWith('#') || comma < 0 || line.length > USERS_LINE_LIMIT) {
      continue;
    }
    const entry = entryDigest(
      line.slice(0, comma),
      line
        .slice(comma + 1)
        .trim()
        .toLowerCase(),
    );
    authorized = timingSafeEqual(entry, wanted) || authorized;
  }
  return authorized;
}

/** Of one size whatever the name, as timingSafeEqual() needs it. */
function entryDigest(username: string, hash: string): Buffer {
  return createHash('sha256').update(`${username},${hash}`).digest();
}

function readRsaKey(iperf3Number: number, kind: string, read: () => KeyObject): KeyObject {
  let key: KeyObject;
  try {
    key = read();
  } catch (cause) {
    throw iperf3Error(iperf3Number, { cause, context: `no RSA ${kind} key in PEM without a passphrase` });
  }
  if (key.asymmetricKeyType !== 'rsa') {
    throw iperf3Error(iperf3Number, { context: `the ${kind} key is of type ${key.asymmetricKeyType}, not RSA` });
  }
  return key;
}

/** The name comes from the network and goes to a terminal. */
function printable(name: string): string {
  return name.replace(/[^\x20-\x7e]/g, '?');
}
