import { constants, createPrivateKey, generateKeyPairSync, type KeyObject, publicEncrypt } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { resolveServer } from '../../lib/configuration/resolve-server.js';
import { defaultSettings } from '../../lib/configuration/settings.js';
import { encryptToken, formatToken, parseToken } from '../../lib/protocol/auth-token.js';
import {
  type AuthenticationRequest,
  authenticate,
  credentialHash,
  readPrivateKey,
  readPublicKey,
} from '../../lib/protocol/authentication.js';
import { decryptOaep, decryptPkcs1, removePkcs1Padding } from '../../lib/protocol/rsa-decrypt.js';
import { refusal } from '../../lib/traffic/server-admission.js';

const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const modulusBytes = 256;

const now = 1_795_225_703;
const mario = { username: 'mario', password: 'rossi', timestampSeconds: now };
const users = `# who may\n\nluigi,${credentialHash('luigi', 'verdi')}\r\nmario,${credentialHash('mario', 'rossi')}\n`;

function ask(token: string | undefined, changes: Partial<AuthenticationRequest> = {}) {
  return authenticate({
    token,
    privateKey,
    users,
    nowSeconds: now,
    timeSkewSeconds: 10,
    usePkcs1Padding: false,
    ...changes,
  });
}

/** RSA without any padding: the block as it will stand before the server. */
function encryptBlock(block: Uint8Array, key: KeyObject = publicKey): Uint8Array {
  return publicEncrypt({ key, padding: constants.RSA_NO_PADDING }, block);
}

function paddedBlock(text: string, change: (block: Uint8Array) => void = () => {}): Uint8Array {
  const block = new Uint8Array(modulusBytes).fill(0x5a);
  block.set([0x00, 0x02]);
  block[modulusBytes - text.length - 1] = 0x00;
  block.set(Buffer.from(text, 'latin1'), modulusBytes - text.length);
  change(block);
  return block;
}

describe('a client with a name and a password', () => {
  it.each([
    ['OAEP', false],
    ['PKCS#1 v1.5', true],
  ])('is let in with %s', (_padding, usePkcs1Padding) => {
    const token = encryptToken(mario, publicKey, usePkcs1Padding);
    expect(token).toMatch(/^[A-Za-z0-9+/]+=*$/);
    expect(ask(token, { usePkcs1Padding })).toEqual({ authenticated: true, username: 'mario', timestampSeconds: now });
  });

  it('is not let in with PKCS#1 v1.5 where that is not allowed', () => {
    expect(ask(encryptToken(mario, publicKey, true))).toMatchObject({ authenticated: false, returnCode: 3 });
  });

  it('is let in with OAEP where PKCS#1 v1.5 is allowed as well', () => {
    expect(ask(encryptToken(mario, publicKey, false), { usePkcs1Padding: true })).toMatchObject({
      authenticated: true,
    });
  });

  it.each([
    ['a wrong password', { ...mario, password: 'bianchi' }],
    ['an unknown name', { ...mario, username: 'mari' }],
    ['another name\u2019s password', { ...mario, password: 'verdi' }],
    ['a name that is a comment', { ...mario, username: '# who may' }],
  ])('is refused with code 3 for %s', (_why, contents) => {
    expect(ask(encryptToken(contents, publicKey, false))).toEqual({
      authenticated: false,
      returnCode: 3,
      username: contents.username,
      timestampSeconds: now,
    });
  });

  it('is refused with code 1 when the clocks differ by more than the threshold, either way', () => {
    const token = encryptToken(mario, publicKey, false);
    for (const skew of [-10, 10]) {
      expect(ask(token, { nowSeconds: now + skew })).toMatchObject({ authenticated: true });
    }
    for (const skew of [-11, 11, 1e9]) {
      expect(ask(token, { nowSeconds: now + skew })).toMatchObject({ authenticated: false, returnCode: 1 });
    }
    expect(ask(token, { nowSeconds: now + 11, timeSkewSeconds: 60 })).toMatchObject({ authenticated: true });
  });

  it('is refused with code 2 without a users file and with code 3 without a token', () => {
    expect(ask(encryptToken(mario, publicKey, false), { users: undefined })).toMatchObject({ returnCode: 2 });
    expect(ask(undefined)).toEqual({ authenticated: false, returnCode: 3, username: '', timestampSeconds: 0 });
  });

  it('is refused with another key, an empty token, a short one, and with what is not base64', () => {
    const other = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey;
    for (const usePkcs1Padding of [false, true]) {
      for (const token of [
        encryptToken(mario, other, usePkcs1Padding),
        '',
        'AAAA',
        '*'.repeat(344),
        'A'.repeat(7000),
      ]) {
        expect(ask(token, { usePkcs1Padding })).toMatchObject({ authenticated: false, returnCode: 3 });
      }
    }
  });

  it('may have a password of several words and a name that is not ASCII', () => {
    const contents = { username: 'jürgen', password: 'correct horse  battery', timestampSeconds: now };
    const line = `jürgen,${credentialHash(contents.username, contents.password).toUpperCase()}`;
    const outcome = ask(encryptToken(contents, publicKey, false), { users: line });
    expect(outcome).toMatchObject({ authenticated: true, username: 'j?rgen' });
  });

  it('is told before any traffic when the credentials cannot be sent', () => {
    for (const change of [
      { username: '' },
      { password: '' },
      { username: 'a\nb' },
      { password: ' a' },
      { password: 'a\0' },
    ]) {
      expect(() => encryptToken({ ...mario, ...change }, publicKey, false)).toThrow(
        expect.objectContaining({ iperf3Number: 22 }),
      );
    }
    const room = (limit: number) => 'x'.repeat(limit - formatToken({ ...mario, password: '' }).length);
    for (const [usePkcs1Padding, limit] of [
      [false, 214],
      [true, 245],
    ] as const) {
      const fits = { ...mario, password: room(limit) };
      expect(encryptToken(fits, publicKey, usePkcs1Padding).length).toBe(344);
      const tooLong = { ...mario, password: `${fits.password}x` };
      expect(() => encryptToken(tooLong, publicKey, usePkcs1Padding)).toThrow(
        /the user name and the password are 1 bytes too long/,
      );
    }
  });
});

describe('the users file', () => {
  it('has the hash that iperf3 has', () => {
    expect(credentialHash('mario', 'rossi')).toBe('bf7a49a846d44b454a5d11e7acfaf13d138bbe0b7483aa3e050879700572709b');
  });

  it.each([
    ['a comment', `#mario,${credentialHash('mario', 'rossi')}`],
    ['a line without a comma', `mario ${credentialHash('mario', 'rossi')}`],
    ['a cut hash', `mario,${credentialHash('mario', 'rossi').slice(0, 63)}`],
    ['a line that is too long', `mario,${credentialHash('mario', 'rossi')}${' '.repeat(1000)}`],
    ['nothing', ''],
  ])('lets nobody in by %s', (_what, contents) => {
    expect(ask(encryptToken(mario, publicKey, false), { users: contents })).toMatchObject({ returnCode: 3 });
  });
});

describe('the token', () => {
  it('has iperf3\u2019s blanks', () => {
    expect(formatToken(mario)).toBe('user: mario\npwd:  rossi\nts:   1795225703');
    expect(parseToken(Buffer.from('user: mario\npwd:  rossi\nts:   1795225703'))).toEqual(mario);
  });

  it.each([
    '',
    'user: mario',
    'user: mario\npwd:  rossi\nts:   x',
    'pwd:  rossi\nuser: mario\nts:   1',
    'user: \npwd:  \nts:   1',
  ])('is none: %j', (text) => {
    expect(parseToken(Buffer.from(text))).toBeUndefined();
  });
});

describe('PKCS#1 v1.5 padding', () => {
  const substitute = new Uint8Array(modulusBytes).map((_byte, index) => (index * 37 + 11) & 0xff);

  it('is taken off as OpenSSL puts it on, for messages of every length', () => {
    for (const length of [0, 1, 2, 100, 244, 245]) {
      const text = Buffer.alloc(length, 'x');
      const ciphertext = publicEncrypt({ key: publicKey, padding: constants.RSA_PKCS1_PADDING }, text);
      expect(Buffer.from(decryptPkcs1(ciphertext, privateKey)!)).toEqual(text);
    }
  });

  it.each<[string, (block: Uint8Array) => void]>([
    ['a first byte that is not 0', (block) => block.fill(1, 0, 1)],
    ['another block type', (block) => block.fill(1, 1, 2)],
    ['no zero after the padding', (block) => block.fill(0x5a, 2)],
    ['seven bytes of padding', (block) => block.fill(0, 9, 10)],
    ['no padding', (block) => block.fill(0, 2, 3)],
  ])(
    'that is wrong (%s) gives a message that only the key\u2019s owner can know, the same every time',
    (_what, change) => {
      const text = formatToken(mario);
      const block = paddedBlock(text, change);
      const taken = removePkcs1Padding(block, substitute);
      expect(Buffer.from(taken)).toEqual(Buffer.from(substitute.subarray(modulusBytes - taken.length)));

      const ciphertext = encryptBlock(block);
      const first = decryptPkcs1(ciphertext, privateKey);
      expect(Buffer.from(first!).toString('latin1')).not.toContain(text);
      expect(decryptPkcs1(ciphertext, privateKey)).toEqual(first);
    },
  );

  it('with eight bytes and more is right', () => {
    for (const separator of [10, 11, 200, modulusBytes - 1]) {
      const block = new Uint8Array(modulusBytes).fill(0x5a);
      block.set([0, 2]);
      block[separator] = 0;
      expect(removePkcs1Padding(block, substitute).length).toBe(modulusBytes - 1 - separator);
    }
  });

  it('is judged alike for every block: a refusal does not tell good padding from bad', () => {
    const bad = ask(Buffer.from(encryptBlock(paddedBlock('x', (block) => block.fill(7, 1, 2)))).toString('base64'), {
      usePkcs1Padding: true,
    });
    const good = ask(Buffer.from(encryptBlock(paddedBlock('not a token'))).toString('base64'), {
      usePkcs1Padding: true,
    });
    expect(bad).toEqual({ authenticated: false, returnCode: 3, username: '', timestampSeconds: 0 });
    expect(good).toEqual(bad);
  });

  it('gives substitutes of all lengths, so that the length tells nothing either', () => {
    const lengths = new Set<number>();
    for (let index = 0; index < 60; index++) {
      const ciphertext = encryptBlock(paddedBlock('x', (block) => block.fill(9, 1, 2).fill(index, 20, 30)));
      lengths.add(decryptPkcs1(ciphertext, privateKey)!.length);
    }
    expect(lengths.size).toBeGreaterThan(20);
    expect(Math.max(...lengths)).toBeLessThanOrEqual(245);
  });

  it('never throws, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 250, maxLength: 260 }), (ciphertext) => {
        decryptOaep(ciphertext, privateKey);
        decryptPkcs1(ciphertext, privateKey);
      }),
      { numRuns: 30 },
    );
    expect(decryptPkcs1(new Uint8Array(0), privateKey)).toBeUndefined();
  });
});

describe('a key file', () => {
  it('is read in PEM', () => {
    const pem = publicKey.export({ type: 'spki', format: 'pem' }) as string;
    expect(readPublicKey(pem).equals(publicKey)).toBe(true);
    for (const type of ['pkcs1', 'pkcs8'] as const) {
      expect(readPrivateKey(Buffer.from(privateKey.export({ type, format: 'pem' }))).equals(privateKey)).toBe(true);
    }
  });

  it('is refused when it holds no key, another kind of key, or has a passphrase', () => {
    const elliptic = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const ecPublic = elliptic.publicKey.export({ type: 'spki', format: 'pem' }) as string;
    const ecPrivate = elliptic.privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
    const locked = createPrivateKey(privateKey.export({ type: 'pkcs8', format: 'pem' })).export({
      type: 'pkcs8',
      format: 'pem',
      cipher: 'aes-128-cbc',
      passphrase: 'secret',
    }) as string;
    expect(() => readPublicKey('nonsense')).toThrow(expect.objectContaining({ iperf3Number: 22 }));
    expect(() => readPublicKey(ecPublic)).toThrow(/of type ec, not RSA/);
    expect(() => readPrivateKey(ecPrivate)).toThrow(expect.objectContaining({ iperf3Number: 23 }));
    expect(() => readPrivateKey(locked)).toThrow(/without a passphrase/);
  });
});

describe('a server whose own files are gone', () => {
  const directory = mkdtempSync(join(tmpdir(), 'vnetperf-test-'));
  afterAll(() => rmSync(directory, { recursive: true }));
  const file = (name: string, text: string | Buffer) => {
    writeFileSync(join(directory, name), text);
    return join(directory, name);
  };
  const rsaPrivateKeyPath = file('key.pem', privateKey.export({ type: 'pkcs8', format: 'pem' }));
  const authorizedUsersPath = file('users', users);
  const gone = join(directory, 'gone');

  it.each([
    ['nothing', {}, 'test authorization failed'],
    ['the key', { rsaPrivateKeyPath: gone }, `(${gone}: No such file or directory)`],
    ['the key in it', { rsaPrivateKeyPath: authorizedUsersPath }, `(${authorizedUsersPath}: `],
    ['the users file', { authorizedUsersPath: gone }, `(${gone}: No such file or directory)`],
  ])('refuses as any other, and says what it lacks: %s', (_, paths, said) => {
    const authentication = { rsaPrivateKeyPath, authorizedUsersPath, ...paths };
    const refused = refusal(defaultSettings(), resolveServer({ authentication }));
    expect(refused).toMatchObject({ iperf3Number: 142, errno: 0, message: expect.stringContaining(said) });
    expect(refused?.remedy === undefined).toBe(Object.keys(paths).length === 0);
  });
});
