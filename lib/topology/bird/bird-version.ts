import { locateCommand, runCommand } from '../../platform/run-command.js';

/** Of the program at each path. */
const asked = new Map<string, Promise<string>>();

/** `BIRD 2.0.12`; `BIRD` where it is missing, which is said when a network is to be built with it. */
export async function birdVersion(): Promise<string> {
  const path = locateCommand('bird');
  if (path === undefined) return 'BIRD';
  const version = asked.get(path) ?? ask(path);
  asked.set(path, version);
  return version;
}

async function ask(path: string): Promise<string> {
  const { stdout, stderr } = await runCommand([path, '--version']);
  const version = /BIRD version (\S+)/.exec(stdout + stderr)?.[1];
  return version === undefined ? 'BIRD' : `BIRD ${version}`;
}
