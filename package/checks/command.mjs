import { spawnSync } from 'node:child_process';
import process from 'node:process';

/** The installed command starts. What it then does is the system tests' part. */
export function command({ installed, manifest }) {
  const env = { ...process.env };
  delete env.VNETPERF_BINARY;
  const options = { cwd: installed, encoding: 'utf8', timeout: 60_000, env };
  const { status, stdout, stderr } = spawnSync('npx', ['--no-install', 'vnetperf', '--version'], options);
  if (status !== 0) throw new Error(`npx vnetperf --version ended with ${status}: ${stderr.trim()}`);
  const [first] = stdout.split('\n');
  if (!first.includes(`vnetperf ${manifest.version}`)) throw new Error(`npx vnetperf --version says "${first}".`);
  return first;
}
