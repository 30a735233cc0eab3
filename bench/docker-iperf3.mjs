import { execFileSync, spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { collected } from './measure.mjs';

const PORT = 5201;
const IMAGE = 'vnetperf-bench-iperf3';
const NETWORK = 'vnetperf-bench';
const SERVER = 'vnetperf-bench-server';
const START_DEADLINE_MS = 10_000;

/**
 * What a person does without vnetperf: a network, two containers with iperf3 in them, and its report. The image holds
 * this machine's iperf3 and the libraries that it is linked with.
 */
export class Iperf3InContainers {
  constructor(host, iperf3) {
    this.docker = (...words) => ['docker', ['-H', host, ...words]];
    this.iperf3 = execFileSync('which', [iperf3], { encoding: 'utf8' }).trim();
  }

  run(...words) {
    return execFileSync(...this.docker(...words), { encoding: 'utf8', timeout: 30_000 }).trim();
  }

  prepare() {
    const libraries = execFileSync('ldd', [this.iperf3], { encoding: 'utf8' }).matchAll(/(\/\S+) \(0x/g);
    const files = [this.iperf3, ...[...libraries].map(([, path]) => path)].map((path) => path.slice(1));
    const archive = execFileSync('tar', ['--create', '--dereference', '-C', '/', ...files], { maxBuffer: 2 ** 28 });
    execFileSync(...this.docker('import', '-', IMAGE), {
      input: archive,
      timeout: 30_000,
      stdio: ['pipe', 'ignore', 'pipe'],
    });
    this.run('network', 'create', NETWORK);
  }

  /** One test; bit/s that the server got. */
  async measure(seconds, flags, congestion) {
    // Chosen for the namespace: iperf3 sets -C when it is connected, and a socket born under bbr stays paced.
    const sysctl = ['--sysctl', `net.ipv4.tcp_congestion_control=${congestion}`];
    const container = ['--network', NETWORK, '--tmpfs', '/tmp', ...sysctl];
    this.run('run', '--detach', '--name', SERVER, ...container, IMAGE, this.iperf3, '-s', '-p', `${PORT}`);
    try {
      const address = this.run(
        'inspect',
        '--format',
        `{{(index .NetworkSettings.Networks "${NETWORK}").IPAddress}}`,
        SERVER,
      );
      await this.listening();
      const test = ['-c', address, '-p', `${PORT}`, '-t', `${seconds}`, '-J', '-i', '0', '-A', '0,1', ...flags];
      const client = spawn(...this.docker('run', '--rm', ...container, IMAGE, this.iperf3, ...test));
      const { end } = JSON.parse(await collected(client, (seconds + 30) * 1000));
      return (end.sum_received ?? end.sum).bits_per_second;
    } finally {
      this.run('rm', '--force', SERVER);
    }
  }

  /** In the container's own socket table, which anybody may read who may see its process. */
  async listening() {
    const pid = this.run('inspect', '--format', '{{.State.Pid}}', SERVER);
    const deadline = performance.now() + START_DEADLINE_MS;
    for (;;) {
      const sockets = execFileSync('nsenter', ['-t', pid, '-n', 'ss', '-Hltn', `sport = :${PORT}`], {
        encoding: 'utf8',
      });
      if (sockets !== '') return;
      if (performance.now() > deadline) throw new Error(`iperf3 does not listen in its container`);
      await sleep(10);
    }
  }

  remove() {
    this.run('network', 'rm', NETWORK);
    this.run('image', 'rm', IMAGE);
  }
}
