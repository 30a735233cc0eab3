import { createHash, generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run, startServer } from '../support/iperf-process.js';
import { LoopbackNamespace } from '../support/loopback-namespace.js';
import { oneTest, type Pairing, pairings } from '../support/one-test.js';

const QUICK = ['-n', '40K'];

/** Debian's iperf3 knows the old padding only. Both ends of ours are asked for it where iperf3 is the other end. */
const OLD_PADDING = ['--use-pkcs1-padding'];

describe.runIf(process.getuid?.() === 0)('authentication', () => {
  let loopback: LoopbackNamespace;
  let directory: string;
  let publicKey: string;
  let serverArguments: string[];
  beforeAll(() => {
    loopback = new LoopbackNamespace();
    directory = mkdtempSync(join(tmpdir(), 'vnetperf-test-'));
    const keys = generateKeyPairSync('rsa', {
      modulusLength: 2048,
      publicKeyEncoding: { type: 'spki', format: 'pem' },
      privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    });
    const write = (name: string, text: string) => {
      const path = join(directory, name);
      writeFileSync(path, text, { mode: 0o600 });
      return path;
    };
    publicKey = write('public.pem', keys.publicKey);
    const hash = (user: string, password: string) => createHash('sha256').update(`{${user}}${password}`).digest('hex');
    serverArguments = [
      ...['--rsa-private-key-path', write('private.pem', keys.privateKey)],
      ...['--authorized-users-path', write('users.csv', `# name,hash\nmario,${hash('mario', 'rossi')}\n`)],
    ];
  });
  afterAll(() => {
    loopback[Symbol.dispose]();
    rmSync(directory, { recursive: true });
  });

  function padding(pairing: Pairing): { client: string[]; server: string[] } {
    const mixed = pairing.client !== pairing.server;
    const oldFor = (program: string) => (mixed && program === 'vnetperf' ? OLD_PADDING : []);
    return { client: oldFor(pairing.client), server: oldFor(pairing.server) };
  }

  const all: Pairing[] = [...pairings, { client: 'vnetperf', server: 'vnetperf' }];

  describe.each(all)('$client to $server', (pairing) => {
    async function connect(user: string, password: string, more: readonly string[] = []) {
      return await oneTest(loopback.fd, pairing, {
        clientArguments: [
          ...QUICK,
          ...['--username', user, '--rsa-public-key-path', publicKey],
          ...padding(pairing).client,
          ...more,
        ],
        serverArguments: [...serverArguments, ...padding(pairing).server],
        clientOptions: { env: { IPERF3_PASSWORD: password } },
      });
    }

    it('lets a user in who knows the password', async () => {
      const { client, server } = await connect('mario', 'rossi');
      expect(client.stderr).toBe('');
      expect([client.status, server.status]).toEqual([0, 0]);
      expect(client.stdout).toContain('iperf Done.');
    });

    it.each([
      { name: 'a wrong password', user: 'mario', password: 'verdi' },
      { name: 'an unknown user', user: 'luigi', password: 'rossi' },
    ])('$name is refused, and the next user served', async ({ user, password }) => {
      await using server = await startServer(pairing.server, loopback.fd, [
        '-1',
        ...serverArguments,
        ...padding(pairing).server,
      ]);
      const attempt = async (name: string, secret: string) =>
        await run(
          pairing.client,
          loopback.fd,
          [
            ...['-c', '127.0.0.1', ...QUICK, '--username', name, '--rsa-public-key-path', publicKey],
            ...padding(pairing).client,
          ],
          { env: { IPERF3_PASSWORD: secret } },
        );
      const refused = await attempt(user, password);
      expect(refused.status).toBe(1);
      expect(refused.stderr).toContain('test authorization failed');
      expect(refused.stdout).not.toContain('iperf Done.');
      // One test is what -1 serves; a refused one is none.
      expect(server.running).toBe(true);
      expect(await attempt('mario', 'rossi')).toMatchObject({ status: 0 });
      expect(await server.finished()).toMatchObject({ status: 0 });
    });

    it('a client without credentials is refused', async () => {
      await using server = await startServer(pairing.server, loopback.fd, [
        ...serverArguments,
        ...padding(pairing).server,
      ]);
      const refused = await run(pairing.client, loopback.fd, ['-c', '127.0.0.1', ...QUICK]);
      expect(refused.status).toBe(1);
      expect(refused.stderr).toContain('test authorization failed');
      expect(server.running).toBe(true);
    });
  });

  it('an iperf3 client with the old padding is refused by a server that was not told of it', async () => {
    await using server = await startServer('vnetperf', loopback.fd, serverArguments);
    const args = ['-c', '127.0.0.1', ...QUICK, '--username', 'mario', '--rsa-public-key-path', publicKey];
    const refused = await run('iperf3', loopback.fd, args, { env: { IPERF3_PASSWORD: 'rossi' } });
    expect(refused.status).toBe(1);
    expect(refused.stderr).toContain('test authorization failed');
    expect(server.running).toBe(true);
  });
});
