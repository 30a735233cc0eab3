import { readdirSync } from 'node:fs';

/** What a process may leak: descriptors and threads. */
export function resources(pid: number): { descriptors: number; threads: number } {
  return {
    descriptors: readdirSync(`/proc/${pid}/fd`).length,
    threads: readdirSync(`/proc/${pid}/task`).length,
  };
}
