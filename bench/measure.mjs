import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const PORT = 5201;
const vnetperf = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url));

/** The two programs as commands. */
export function tools(iperf3) {
  return { iperf3: [iperf3], vnetperf: [process.execPath, vnetperf] };
}

/** A child process inside a namespace that only its descriptor names. */
export function spawnIn(endpoint, argv) {
  return spawn('nsenter', ['--net=/proc/self/fd/3', ...argv], {
    stdio: ['ignore', 'pipe', 'pipe', endpoint.namespace.fd],
  });
}

/** Runs one test and returns what the receiver got, bit/s. */
export async function measure(command, network, flags, seconds, congestion) {
  if (congestion !== undefined) await useCongestion(network, congestion);
  const server = spawnIn(network.server, [...command, '-s', '-1', '-p', `${PORT}`, '--forceflush']);
  try {
    await saying(server, 'Server listening', 10_000);
    const arguments_ = ['-c', network.server.ipv4, '-p', `${PORT}`, '-t', `${seconds}`, '-J', '-i', '0', '-A', '0,1'];
    const client = spawnIn(network.client, [...command, ...arguments_, ...flags]);
    const output = await collected(client, (seconds + 30) * 1000);
    const document = JSON.parse(output);
    if (document.error !== undefined) throw new Error(document.error);
    await exited(server, 10_000);
    return document.end.sum_received?.bits_per_second ?? document.end.sum.bits_per_second;
  } finally {
    server.kill('SIGKILL');
  }
}

async function useCongestion(network, name) {
  for (const endpoint of [network.client, network.server]) {
    await collected(spawnIn(endpoint, ['sh', '-c', `echo ${name} >/proc/sys/net/ipv4/tcp_congestion_control`]), 5_000);
  }
}

export function saying(child, text, timeoutMs) {
  return new Promise((resolve, reject) => {
    let seen = '';
    const timer = setTimeout(() => reject(new Error(`no '${text}' in ${timeoutMs} ms, but: ${seen}`)), timeoutMs);
    const look = (chunk) => {
      seen += chunk;
      if (!seen.includes(text)) return;
      clearTimeout(timer);
      resolve();
    };
    child.stdout.on('data', look);
    child.stderr.on('data', look);
  });
}

export function collected(child, timeoutMs) {
  return new Promise((resolve, reject) => {
    let out = '';
    let err = '';
    const timer = setTimeout(() => child.kill('SIGKILL'), timeoutMs);
    child.stdout.on('data', (chunk) => {
      out += chunk;
    });
    child.stderr.on('data', (chunk) => {
      err += chunk;
    });
    child.on('error', reject);
    child.on('close', (status) => {
      clearTimeout(timer);
      if (status === 0) resolve(out);
      else reject(new Error(`${child.spawnargs.join(' ')} ended with ${status}: ${err || out}`));
    });
  });
}

function exited(child, timeoutMs) {
  if (child.exitCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, timeoutMs);
    child.on('exit', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
