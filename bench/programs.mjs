import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { locateCommand } from '../build-modules/platform/run-command.js';
import { buildLimit } from './build-limit.mjs';
import { iperf2 } from './programs/iperf2.mjs';
import { iperf3Like } from './programs/iperf3-like.mjs';
import { limit } from './programs/limit.mjs';
import { nuttcp } from './programs/nuttcp.mjs';

const VNETPERF = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url));

/** What a program that is not there can be had with. */
const PACKAGES = { iperf3: 'iperf3', iperf2: 'iperf', nuttcp: 'nuttcp' };

/**
 * The programs by name, and a line on the version of each.
 * @param needed Names: a program that no row has need not be there.
 */
export async function programsFor(needed, { iperf3, peerLength }) {
  const commands = { iperf3, iperf2: 'iperf', nuttcp: 'nuttcp' };
  const missing = Object.keys(commands).filter(
    (name) => needed.has(name) && locateCommand(commands[name]) === undefined,
  );
  if (missing.length > 0) {
    const packages = missing.map((name) => PACKAGES[name]).join(' ');
    throw new Error(`${missing.join(' and ')} not found: sudo apt-get install ${packages} (or --without ${missing})`);
  }
  const programs = {
    vnetperf: iperf3Like([process.execPath, VNETPERF], 'vnetperf'),
    iperf3: iperf3Like([iperf3], 'iperf3'),
    iperf2: iperf2({ length: peerLength }),
    nuttcp: nuttcp({ length: peerLength }),
    ...(needed.has('limit') ? { limit: limit(await buildLimit()) } : {}),
  };
  const versions = await Promise.all(
    Object.keys(commands)
      .filter((name) => needed.has(name))
      .map(async (name) => [name, await versionOf(commands[name], name === 'nuttcp' ? '-V' : '--version')]),
  );
  return { programs, versions: Object.fromEntries(versions) };
}

/** '' where there is no such program. */
export async function helpOf(command) {
  return await said(command, '--help');
}

async function versionOf(command, option) {
  return (await said(command, option)).split('\n')[0].trim();
}

async function said(command, option) {
  // iperf 2 ends with status 1 after it has told.
  const { stdout, stderr } = await promisify(execFile)(command, [option], { timeout: 5_000 }).catch((error) => error);
  return `${stdout ?? ''}${stderr ?? ''}`;
}
