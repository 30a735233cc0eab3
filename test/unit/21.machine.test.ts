import { execFileSync } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { describe, expect, it } from 'vitest';
import { allowedCores } from '../../lib/platform/cores.js';
import { systemInfo } from '../../lib/platform/system-info.js';

describe('the machine', () => {
  it('introduces itself in the words of uname', () => {
    const uname = execFileSync('uname', ['-s', '-n', '-r', '-v', '-m'], { encoding: 'utf8' });
    expect(systemInfo()).toBe(uname.trimEnd());
  });
});

describe('the cores this process may use', () => {
  it('are no fewer than Node counts', () => {
    expect(allowedCores().length).toBeGreaterThanOrEqual(availableParallelism());
  });

  it.each([
    ['0', [0]],
    ['0-3', [0, 1, 2, 3]],
    ['1,4-6,9', [1, 4, 5, 6, 9]],
  ])('%s is %j', (list, cores) => {
    expect(allowedCores(`Cpus_allowed:\tf\nCpus_allowed_list:\t${list}\nMems_allowed:\t1\n`)).toEqual(cores);
  });

  it('are unknown where the kernel does not list them', () => {
    expect(allowedCores('Name:\tnode\n')).toEqual([]);
  });
});
