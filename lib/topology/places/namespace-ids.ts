import { locateCommand, runCommand } from '../../platform/run-command.js';
import type { NetworkNamespace } from '../../traffic/namespace.js';
import type { NamespaceId } from './links.js';

/**
 * ip tells the numbers of those namespaces that have names in its directory: it gets a directory of its own, with
 * nothing in it but the candidates, which nobody else sees and which goes with the process.
 */
const SCRIPT =
  'mount -t tmpfs none /var/run && mkdir /var/run/netns || exit; fd=4; for name; do ' +
  ': > "/var/run/netns/$name" && mount --no-canonicalize --bind "/proc/self/fd/$fd" "/var/run/netns/$name" || exit; ' +
  'fd=$((fd + 1)); done; exec ip -json netns list-id';

/**
 * Which of the candidates a namespace means by a number. Interface indexes repeat from namespace to namespace, and two
 * hosts that were built alike are alike in all of them.
 * @returns its index; undefined: none of them; null: nobody may ask here.
 */
export async function whichNamespace(
  { fd }: NetworkNamespace,
  id: NamespaceId,
  candidates: readonly NetworkNamespace[],
): Promise<number | undefined | null> {
  if (['ip', 'nsenter', 'unshare'].some((name) => locateCommand(name) === undefined)) return null;
  try {
    const { stdout } = await runCommand(
      [
        ...(['nsenter', '--net=/proc/self/fd/3', 'unshare', '--mount', '--propagation', 'private'] as const),
        ...['sh', '-c', SCRIPT, 'sh', ...candidates.map((_, index) => `${index}`)],
      ],
      { descriptors: [fd, ...candidates.map((candidate) => candidate.fd)] },
    );
    const rows = JSON.parse(stdout || '[]') as { nsid: number; name?: string }[];
    const name = rows.find(({ nsid }) => nsid === id)?.name;
    return name === undefined ? undefined : Number(name);
  } catch {
    return null;
  }
}
