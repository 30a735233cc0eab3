import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  COOKIE_BYTES,
  decodeCookie,
  encodeCookie,
  findForeignCookieByte,
  makeCookie,
} from '../../lib/protocol/cookie.js';

describe('the cookie', () => {
  it('is 36 characters of the 32 that iperf3 uses, and a new one every time', () => {
    const cookies = Array.from({ length: 200 }, makeCookie);
    for (const cookie of cookies) {
      expect(cookie).toMatch(/^[a-z2-7]{36}$/);
    }
    expect(new Set(cookies).size).toBe(cookies.length);
    expect(new Set(cookies.join('')).size).toBe(32);
  });

  it('stands on the wire as 36 characters and a NUL', () => {
    const bytes = encodeCookie('3c56mswrlleujabemjougvinwpltzwvko3gt');
    expect(bytes.length).toBe(COOKIE_BYTES);
    expect(Buffer.from(bytes).toString('latin1')).toBe('3c56mswrlleujabemjougvinwpltzwvko3gt\0');
    expect(decodeCookie(bytes)).toBe('3c56mswrlleujabemjougvinwpltzwvko3gt');
  });

  it('may be a host name and a time, as before 3.2, and shorter than its 37 bytes', () => {
    const old = 'host-1.example.1447683934.123456.1a2';
    expect(decodeCookie(encodeCookie(old))).toBe(old);
    const bytes = new Uint8Array(COOKIE_BYTES).fill(0xc3);
    bytes.set(Buffer.from('short\0'));
    expect(decodeCookie(bytes)).toBe('short');
  });

  it('is none when empty, without its NUL, or of the wrong size', () => {
    expect(decodeCookie(new Uint8Array(COOKIE_BYTES))).toBeUndefined();
    expect(decodeCookie(new Uint8Array(COOKIE_BYTES).fill(0x61))).toBeUndefined();
    expect(decodeCookie(encodeCookie('abc').subarray(0, 36))).toBeUndefined();
    expect(() => encodeCookie('')).toThrow(RangeError);
    expect(() => encodeCookie('a'.repeat(37))).toThrow(RangeError);
    expect(() => encodeCookie('a b')).toThrow(RangeError);
  });

  it.each([
    ['a browser', 'GET / HTTP/1.1\r\nHost: x\r\n', 3],
    ['a TLS client', '\x16\x03\x01\x02\x00', 0],
    ['an SSH client', 'SSH-2.0-OpenSSH_9.2\r\n', 19],
    ['iperf 2', '\0\0\0\0\0\0\0\x01', 0],
    ['37 characters', 'a'.repeat(37), 36],
  ])('is told from what %s sends, at the first byte that no cookie has', (_who, text, index) => {
    expect(findForeignCookieByte(Buffer.from(text, 'latin1'))).toBe(index);
    expect(findForeignCookieByte(Buffer.from(text.slice(0, index), 'latin1'))).toBeUndefined();
  });

  it('decodes exactly what holds no foreign byte', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: COOKIE_BYTES, maxLength: COOKIE_BYTES }), (bytes) => {
        expect(decodeCookie(bytes) === undefined).toBe(findForeignCookieByte(bytes) !== undefined);
      }),
    );
  });
});
