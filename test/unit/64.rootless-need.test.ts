import { describe, expect, it } from 'vitest';
import { needsRootless } from '../../lib/cli/rootless.js';

const status = (uid: number, effective: string, ambient = '0000000000000000') =>
  `Name:\tnode\nUid:\t1000\t${uid}\t${uid}\t${uid}\nCapEff:\t${effective}\nCapBnd:\t000001ffffffffff\nCapAmb:\t${ambient}\n`;

const ALL = '000001ffffffffff';
const SYS_AND_NET_ADMIN = '0000000000201000';

describe('a user namespace is needed', () => {
  it.each([
    ['by an ordinary user', status(1000, '0000000000000000')],
    ['by root in a container without CAP_SYS_ADMIN', status(0, '00000000a80425fb')],
    ['by root with CAP_SYS_ADMIN alone', status(0, '0000000000200000')],
    ['by a user whose node binary has capabilities that ip would not get', status(1000, SYS_AND_NET_ADMIN)],
    ['where the kernel does not say', ''],
  ])('%s', (_, text) => {
    expect(needsRootless(text)).toBe(true);
  });

  it.each([
    ['by root', status(0, ALL)],
    ['by root with just the two capabilities', status(0, SYS_AND_NET_ADMIN)],
    ['by a user who hands the two on', status(1000, SYS_AND_NET_ADMIN, SYS_AND_NET_ADMIN)],
  ])('not %s', (_, text) => {
    expect(needsRootless(text)).toBe(false);
  });
});
