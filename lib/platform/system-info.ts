import { hostname, machine, release, type, version } from 'node:os';

/** What `uname -s -n -r -v -m` prints, for example `Linux alpha 6.18.0 #1 SMP x86_64`. */
export function systemInfo(): string {
  return [type(), hostname(), release(), version(), machine()].join(' ');
}
