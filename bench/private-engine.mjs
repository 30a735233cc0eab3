import { spawn } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { loadNative } from '../build-modules/platform/load-native.js';

const SWEEPER = fileURLToPath(new URL('../test/support/docker-engine-sweeper.mjs', import.meta.url));
const READY_DEADLINE_MS = 30_000;

/** A dockerd of this program's own, in namespaces and a directory that go with it. */
export async function privateEngine() {
  const native = loadNative();
  const directory = mkdtempSync(join(tmpdir(), 'vnetperf-docker-'));
  const namespace = native.createNetworkNamespace();
  const cgroup = basename(directory);
  const sweeper = spawn(process.execPath, [SWEEPER], {
    stdio: ['pipe', 'ignore', 'inherit'],
    env: { SWEEP_DIRECTORY: directory, SWEEP_CGROUP: cgroup },
    detached: true,
  });
  const socket = join(directory, 'docker.sock');
  const log = join(directory, 'dockerd.log');
  const output = openSync(log, 'a');
  const daemon = spawn(
    'setpriv',
    [
      ...['--pdeathsig', 'KILL', 'nsenter', '--net=/proc/self/fd/3', 'unshare', '--mount', '--propagation', 'private'],
      ...['sh', '-c', 'ip link set lo up && mount -t tmpfs none /run && exec "$@" 3<&-', 'sh', 'dockerd'],
      ...['-H', `unix://${socket}`, '--data-root', join(directory, 'data'), '--exec-root', join(directory, 'exec')],
      ...['--pidfile', join(directory, 'docker.pid'), '--cgroup-parent', `/${cgroup}`],
      ...['--bip', '198.18.10.1/24', '--default-address-pool', 'base=198.18.128.0/17,size=24'],
    ],
    { stdio: ['ignore', output, output, namespace], detached: true },
  );
  closeSync(output);
  const close = async () => {
    const swept = new Promise((resolve) => sweeper.once('exit', resolve));
    sweeper.stdin.end();
    await swept;
    native.closeDescriptor(namespace);
  };
  const deadline = performance.now() + READY_DEADLINE_MS;
  while (!(await answers(socket))) {
    if (daemon.exitCode !== null || performance.now() > deadline) {
      const said = readFileSync(log, 'utf8').split('\n').slice(-5).join('\n');
      await close();
      throw new Error(`dockerd does not serve: ${said}`);
    }
    await sleep(50);
  }
  return { host: `unix://${socket}`, close };
}

function answers(socketPath) {
  return new Promise((resolve) => {
    const ping = request({ socketPath, path: '/_ping', timeout: 1_000 }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    ping.on('timeout', () => ping.destroy()).on('error', () => resolve(false));
    ping.end();
  });
}
