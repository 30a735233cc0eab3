import { readFileSync } from 'node:fs';
import { parseCoreList } from '../configuration/cores.js';

/** The cores this process may run on, by its affinity mask and cpuset, in rising order. */
export function allowedCores(status: string = readFileSync('/proc/self/status', 'utf8')): number[] {
  const list = /^Cpus_allowed_list:\t(.+)$/m.exec(status)?.[1];
  return list === undefined ? [] : parseCoreList(list);
}
