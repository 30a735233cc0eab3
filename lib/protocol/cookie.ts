import { randomBytes } from 'node:crypto';

/** On the wire: 36 characters and the NUL that ends them. First on the control and on every TCP data connection. */
export const COOKIE_BYTES = 37;

const COOKIE_CHARACTERS = COOKIE_BYTES - 1;
const ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567';
const FIRST_PRINTABLE = 0x21;
const LAST_PRINTABLE = 0x7e;

/** 36 random characters. 32 symbols divide a byte's 256 values evenly, so the remainder is not biased. */
export function makeCookie(): string {
  let cookie = '';
  for (const byte of randomBytes(COOKIE_CHARACTERS)) {
    cookie += ALPHABET[byte % ALPHABET.length];
  }
  return cookie;
}

/** @throws RangeError when the cookie is not 1-36 printable characters; a shorter one is padded with NUL. */
export function encodeCookie(cookie: string): Uint8Array {
  const text = Buffer.from(cookie, 'latin1');
  if (text.length === 0 || text.length > COOKIE_CHARACTERS || findForeignCookieByte(text) !== undefined) {
    throw new RangeError(`a cookie is 1 to ${COOKIE_CHARACTERS} printable characters`);
  }
  const bytes = new Uint8Array(COOKIE_BYTES);
  bytes.set(text);
  return bytes;
}

/**
 * The cookie in 37 received bytes, or undefined when they are no cookie. It is a C string: iperf3 looks at nothing
 * behind the first NUL, and up to 3.1 the text was made of a host name and a time, so any printable character counts.
 */
export function decodeCookie(bytes: Uint8Array): string | undefined {
  const length = bytes.indexOf(0);
  if (bytes.length !== COOKIE_BYTES || length <= 0 || findForeignCookieByte(bytes) !== undefined) {
    return undefined;
  }
  return Buffer.from(bytes.subarray(0, length)).toString('latin1');
}

/**
 * Index of the first byte that no cookie can have, in the beginning of a connection however little of it is there.
 * It tells a port scanner, a browser or a TLS client from iperf3 at once, where 37 bytes may never come.
 */
export function findForeignCookieByte(beginning: Uint8Array): number | undefined {
  for (let index = 0; index < beginning.length; index++) {
    const byte = beginning[index]!;
    if (byte === 0 && index > 0) {
      return undefined;
    }
    if (byte < FIRST_PRINTABLE || byte > LAST_PRINTABLE || index === COOKIE_CHARACTERS) {
      return index;
    }
  }
  return undefined;
}
