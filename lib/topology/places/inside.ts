import { TopologyError } from '../../errors.js';
import { commandMissing, locateCommand, runCommand } from '../../platform/run-command.js';
import type { NetworkNamespace } from '../../traffic/namespace.js';

/**
 * Runs one of this machine's programs in the network of a place, and there alone: files and processes stay ours, so
 * the place needs no such program.
 */
export async function runInside({ fd }: NetworkNamespace, [program, ...words]: readonly [string, ...string[]]) {
  const path = locateCommand(program);
  if (path === undefined) throw commandMissing(program);
  return await runCommand(['nsenter', '--net=/proc/self/fd/3', path, ...words], { descriptors: [fd] });
}

/** The same for a command of iproute2 whose answer is a list. */
export async function listInside<Row>(
  namespace: NetworkNamespace,
  words: readonly string[],
  isRow: (value: unknown) => value is Row,
): Promise<Row[]> {
  const { stdout } = await runInside(namespace, ['ip', '-json', ...words]);
  try {
    // Nothing to list is printed as nothing at all by some versions.
    const rows: unknown = JSON.parse(stdout.trim() === '' ? '[]' : stdout);
    if (Array.isArray(rows)) return rows.filter(isRow);
  } catch {
    // Said below: what is not JSON and what is not a list are the same to the reader.
  }
  throw new TopologyError(`ip -json ${words.join(' ')} did not answer with a list`, {
    code: 'ERR_COMMAND_OUTPUT',
    remedy: 'Use iproute2 4.14 or later.',
  });
}
