import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

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
