import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { iperf3Options } from '../../lib/cli/iperf3-options.js';
import { ownOptions } from '../../lib/cli/own-options.js';
import { parseOptions } from '../../lib/cli/parse-options.js';
import { resolveClient } from '../../lib/configuration/resolve-client.js';
import { resolveServer } from '../../lib/configuration/resolve-server.js';

/** An argument that each option which needs one accepts. */
const argumentOf: Record<string, string> = {
  format: 'm',
  'server-bitrate-limit': '1G',
  dscp: 'ef',
  'send-path': 'copy',
  'receive-path': 'copy',
  'rcv-timeout': '1000',
  length: '1000',
};

const options = [...iperf3Options, ...ownOptions].filter(
  ({ name }) => !['help', 'version', 'client', 'server'].includes(name),
);

function spelled({ long, argument }: (typeof options)[number]): string[] {
  return argument === 'required' ? [`--${long}`, argumentOf[long] ?? '1'] : [`--${long}`];
}

describe('sides', () => {
  it.each(options.filter(({ side }) => side === 'client').map((option) => spelled(option)))(
    'a server refuses %s %s',
    (...words) => {
      const given = words.filter((word) => word !== undefined);
      for (const argv of [
        ['-s', ...given],
        [...given, '-s'],
      ]) {
        expect(() => parseOptions(argv, {})).toThrow(
          expect.objectContaining({ iperf3Number: 4, message: 'some option you are trying to set is client only' }),
        );
      }
    },
  );

  it.each(options.filter(({ side }) => side === 'server').map((option) => spelled(option)))(
    'a client refuses %s %s',
    (...words) => {
      const given = words.filter((word) => word !== undefined);
      for (const argv of [
        ['-c', 'h', ...given],
        [...given, '-c', 'h'],
        ['run', 'veth', ...given],
      ]) {
        expect(() => parseOptions(argv, {})).toThrow(
          expect.objectContaining({ iperf3Number: 3, message: 'some option you are trying to set is server only' }),
        );
      }
    },
  );

  it.each(options.filter(({ side }) => side === 'both').map((option) => spelled(option)))(
    'both take %s %s',
    (...words) => {
      const given = words.filter((word) => word !== undefined);
      expect(parseOptions(['-s', ...given], {}).kind).toBe('server');
      expect(parseOptions(['-c', 'h', '-R', ...given], {}).kind).toBe('client');
    },
  );

  it('a core for the server can only be asked by a client', () => {
    expect(() => parseOptions(['-s', '-A', '0,1'], {})).toThrow('some option you are trying to set is client only');
  });
});

describe('authentication', () => {
  let directory: string;
  let publicKey: string;
  let privateKey: string;
  let users: string;

  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'vnetperf-credentials-'));
    publicKey = join(directory, 'public.pem');
    privateKey = join(directory, 'private.pem');
    users = join(directory, 'users.csv');
    const pair = generateKeyPairSync('rsa', {
      modulusLength: 2048,
      publicKeyEncoding: { type: 'spki', format: 'pem' },
      privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    });
    writeFileSync(publicKey, pair.publicKey);
    writeFileSync(privateKey, pair.privateKey);
    writeFileSync(users, '');
  });

  afterAll(() => rmSync(directory, { recursive: true }));

  it('of a client takes the password from the environment, or leaves it to be asked for', () => {
    const argv = () => ['-c', 'h', '--username', 'mario', '--rsa-public-key-path', publicKey];
    expect(parseOptions(argv(), { IPERF3_PASSWORD: 'rossi' })).toMatchObject({
      configuration: {
        credentials: { username: 'mario', password: 'rossi', rsaPublicKeyPath: publicKey, usePkcs1Padding: false },
      },
    });
    expect(parseOptions(argv(), {})).toMatchObject({ configuration: { credentials: { password: undefined } } });
  });

  it('can use the old padding on both sides', () => {
    expect(
      parseOptions(['-c', 'h', '--username', 'mario', '--rsa-public-key-path', publicKey, '--use-pkcs1-padding'], {}),
    ).toMatchObject({ configuration: { credentials: { usePkcs1Padding: true } } });
    expect(
      parseOptions(
        ['-s', '--use-pkcs1-padding', '--rsa-private-key-path', privateKey, '--authorized-users-path', users],
        {},
      ),
    ).toMatchObject({
      configuration: {
        authentication: {
          rsaPrivateKeyPath: privateKey,
          authorizedUsersPath: users,
          timeSkewSeconds: 10,
          usePkcs1Padding: true,
        },
      },
    });
  });

  it.each([
    ['gone.pem', 22, 'gone.pem: No such file or directory'],
    ['users.csv', 22, 'users.csv: not a PEM key that can be read without a passphrase'],
  ])('of a client names a public key %s that is none', (name, number, reason) => {
    const argv = ['-c', 'h', '--username', 'n', '--rsa-public-key-path', join(directory, name)];
    expect(() => parseOptions(argv, {})).toThrow(expect.objectContaining({ iperf3Number: number }));
    expect(() => parseOptions(argv, {})).toThrow(reason);
  });

  it('of a server names a private key or users file that is not there', () => {
    const argv = (key: string, file: string) => ['-s', '--rsa-private-key-path', key, '--authorized-users-path', file];
    expect(() => parseOptions(argv(`${directory}/gone`, users), {})).toThrow(
      expect.objectContaining({ iperf3Number: 23 }),
    );
    expect(() => parseOptions(argv(publicKey, users), {})).toThrow(expect.objectContaining({ iperf3Number: 23 }));
    expect(() => parseOptions(argv(privateKey, `${directory}/gone`), {})).toThrow(
      expect.objectContaining({
        iperf3Number: 35,
        message: `cannot access authorized users file (${directory}/gone: No such file or directory)`,
      }),
    );
  });

  it('refuses a key that is not RSA', () => {
    const path = join(directory, 'ed25519.pem');
    writeFileSync(path, generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'pem' }));
    const argv = ['-c', 'h', '--username', 'n', '--rsa-public-key-path', path];
    expect(() => parseOptions(argv, {})).toThrow('the key is not RSA but ed25519');
  });
});

describe('-J with what it makes meaningless', () => {
  it.each<[string[], string[]]>([
    [['-f', 'm'], ['warning: Report format (-f) flag ignored with JSON output (-J)']],
    [['-V'], ['warning: Verbose output (-v) may interfere with JSON output (-J)']],
    [['-d'], ['warning: Debug output (-d) may interfere with JSON output (-J)']],
    [[], []],
  ])('%j', (argv, warnings) => {
    expect(parseOptions(['-c', 'h', '-J', ...argv], {})).toMatchObject({ warnings });
    expect(parseOptions(['-s', '--json-stream', ...argv], {})).toMatchObject({ warnings });
    expect(parseOptions(['-s', ...argv], {})).toMatchObject({ warnings: [] });
  });

  it('--no-fq-socket-pacing says on standard output that it is deprecated', () => {
    expect(parseOptions(['-c', 'h', '--no-fq-socket-pacing'], {})).toMatchObject({
      notices: ['Warning:  --no-fq-socket-pacing is deprecated'],
    });
  });
});

describe('users of the library meet the same limits', () => {
  const wrong: [string, Parameters<typeof resolveClient>[0], number][] = [
    ['port', { host: 'h', port: 0 }, 26],
    ['client port', { host: 'h', clientPort: 70_000 }, 26],
    ['interval', { host: 'h', intervalSeconds: 0.01 }, 9],
    ['duration', { host: 'h', settings: { durationSeconds: Number.NaN } }, 5],
    ['omit', { host: 'h', settings: { omitSeconds: 601 } }, 12],
    ['streams', { host: 'h', settings: { parallel: 1.5 } }, 6],
    ['window', { host: 'h', settings: { windowBytes: -1 } }, 8],
    ['mss', { host: 'h', settings: { mssBytes: 40_000 } }, 10],
    ['tos', { host: 'h', settings: { tos: 256 } }, 21],
    ['flow label', { host: 'h', settings: { flowLabel: -1 } }, 127],
    ['burst', { host: 'h', settings: { burst: 1001 } }, 15],
    ['rate', { host: 'h', settings: { rateBitsPerSecond: -1 } }, 38],
    ['bytes', { host: 'h', settings: { bytes: -1 } }, 38],
    ['length', { host: 'h', settings: { lengthBytes: 2 ** 21 } }, 7],
    ['datagram', { host: 'h', settings: { protocol: 'udp', lengthBytes: 8 } }, 20],
    ['two ends', { host: 'h', settings: { bytes: 1, blocks: 1 } }, 16],
    ['file over UDP', { host: 'h', filePath: 'f', settings: { protocol: 'udp' } }, 34],
    ['receive timeout', { host: 'h', receiveTimeoutMs: 1, settings: { direction: 'reverse' } }, 31],
    ['receive timeout while sending', { host: 'h', receiveTimeoutMs: 1000 }, 32],
    ['send timeout', { host: 'h', sendTimeoutMs: -1 }, 33],
    ['keepalive', { host: 'h', controlKeepalive: { idleSeconds: 1, intervalSeconds: 1, count: 1 } }, 36],
    ['half of the credentials', { host: 'h', credentials: { username: 'n' } }, 22],
  ];

  it.each(wrong)('client: %s', (_, request, number) => {
    expect(() => resolveClient(request)).toThrow(expect.objectContaining({ iperf3Number: number }));
  });

  it.each<[string, Parameters<typeof resolveServer>[0], number]>([
    ['window of the limit', { bitrateLimitWindowSeconds: 61 }, 28],
    ['idle timeout', { idleTimeoutSeconds: 0 }, 30],
    ['longest test', { maxDurationSeconds: 86_401 }, 5],
    ['half of the authentication', { authentication: { authorizedUsersPath: 'u' } }, 23],
    ['clock skew', { authentication: { authorizedUsersPath: 'u', rsaPrivateKeyPath: 'k', timeSkewSeconds: 0 } }, 29],
  ])('server: %s', (_, request, number) => {
    expect(() => resolveServer(request)).toThrow(expect.objectContaining({ iperf3Number: number }));
  });
});
