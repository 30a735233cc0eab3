/** What it is called, and its options of `run`. */
export type Carried = readonly [name: string, options: readonly string[]];

/** What a test of any kind with a switch carries. */
export const CARRIED: readonly Carried[] = [
  ['TCP', []],
  ['TCP, the server sends', ['-R']],
  ['TCP over IPv6', ['--ipv6']],
  ['UDP', ['-u', '-b', '50M']],
  ['UDP, the server sends', ['-u', '-b', '50M', '-R']],
  ['UDP in large sends', ['-u', '-b', '50M', '--gso', '--gro']],
];
