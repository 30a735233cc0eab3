import { readFileSync } from 'node:fs';
import { topology } from '../build-modules/topology/topology.js';
import { collected, saying, spawnIn, tools } from './measure.mjs';

const { vnetperf } = tools('iperf3');

/** CPU ticks (10 ms each) that a server without a client takes in some seconds, after it has settled. */
export async function idleServerTicks(seconds) {
  const network = await topology('loopback');
  const server = spawnIn(network.server, [...vnetperf, '-s', '-1', '--forceflush']);
  try {
    await saying(server, 'Server listening', 10_000);
    await pause(1000);
    const before = cpuTicks(server.pid);
    await pause(seconds * 1000);
    return cpuTicks(server.pid) - before;
  } finally {
    server.kill('SIGKILL');
    await network.close();
  }
}

/** The most memory a client ever had resident during a test of four streams. */
export async function clientResidentBytes() {
  const network = await topology('loopback');
  const server = spawnIn(network.server, [...vnetperf, '-s', '-1', '--forceflush']);
  try {
    await saying(server, 'Server listening', 10_000);
    const client = spawnIn(network.client, [...vnetperf, '-c', network.server.ipv4, '-t', '3', '-P', '4', '-J']);
    let most = 0;
    const timer = setInterval(() => {
      most = Math.max(most, residentBytes(client.pid) ?? 0);
    }, 50);
    await collected(client, 30_000);
    clearInterval(timer);
    return most;
  } finally {
    server.kill('SIGKILL');
    await network.close();
  }
}

/** VmHWM: the high-water mark, so no peak falls between two readings. */
function residentBytes(pid) {
  try {
    const kibibytes = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return kibibytes === undefined ? undefined : Number(kibibytes) * 1024;
  } catch {
    return undefined;
  }
}

/** utime + stime of proc(5)'s stat; the fields are counted behind the command's name, which may hold blanks. */
function cpuTicks(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
  return Number(fields[11]) + Number(fields[12]);
}

function pause(milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
