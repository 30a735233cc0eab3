import { closeSync, constants, fstatSync, openSync } from 'node:fs';
import { TopologyError, type VnetperfError } from '../../errors.js';
import { loadNative } from '../../platform/load-native.js';
import type { NativeSystemError } from '../../platform/native.js';
import { startTicks } from '../lab-identity.js';
import { containerProcess } from './container-process.js';
import type { NamespaceSource, OpenPlace } from './place.js';

export { engineCommand } from './container-process.js';

/**
 * Holds the namespace of a place open. Throws VnetperfError ERR_NO_SUCH_PLACE when there is none, ERR_NO_PERMISSION
 * when it may not be entered, ERR_PLACE when it is no network, and for containers what containerProcess() throws.
 * @param signal Aborting ends what an engine is being asked.
 */
export async function openPlace(source: NamespaceSource, signal?: AbortSignal): Promise<OpenPlace> {
  const label = placeLabel(source);
  const pid = await processOf(source, signal);
  const started = pid === undefined ? undefined : startTicks(pid);
  let fd: number | undefined = open(source, label, pid);
  const close = () => {
    if (fd !== undefined) closeSync(fd);
    fd = undefined;
  };
  try {
    checkEntry(fd, label, source);
  } catch (error) {
    close();
    throw error;
  }
  const { dev, ino } = fstatSync(fd);
  return {
    label,
    source,
    namespace: {
      get fd() {
        // Its number may by then be another descriptor's.
        if (fd === undefined) throw closedError(label);
        return fd;
      },
    },
    identity: `${dev}:${ino}`,
    pid,
    hasEnded: () => pid !== undefined && startTicks(pid) !== started,
    close,
  };
}

function closedError(label: string): TopologyError {
  return new TopologyError(`${label} was let go of`, {
    code: 'ERR_TOPOLOGY_CLOSED',
    remedy: 'Use its endpoints before close(), or look for it again.',
  });
}

export function placeLabel(source: NamespaceSource): string {
  switch (source.type) {
    case 'container':
      return `${source.engine.program}:${source.container}`;
    case 'netns':
      return `netns:${source.name}`;
    case 'pid':
      return `pid:${source.pid}`;
    case 'file':
      return source.path;
    case 'host':
      return 'host';
  }
}

async function processOf(source: NamespaceSource, signal: AbortSignal | undefined): Promise<number | undefined> {
  if (source.type === 'container') return await containerProcess(source.engine, source.container, signal);
  return source.type === 'pid' ? source.pid : undefined;
}

/** Of a path that leads nowhere; ENXIO: to a socket. */
const NOWHERE = ['ENOENT', 'ENOTDIR', 'ELOOP', 'ENAMETOOLONG', 'ENXIO'];

function open(source: NamespaceSource, label: string, pid: number | undefined): number {
  try {
    // A pipe would be waited for until somebody writes.
    return openSync(pathOf(source, pid), constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (cause) {
    const { code = '' } = cause as NodeJS.ErrnoException;
    if (code === 'EACCES' || code === 'EPERM') throw mayNotEnter(label, cause);
    if (!(source.type === 'file' ? NOWHERE : ['ENOENT']).includes(code)) throw cause;
    switch (source.type) {
      case 'netns':
        throw notThere(
          `there is no network namespace ${source.name}`,
          'Those that have a name are listed by: ip netns list',
        );
      case 'container':
        throw notThere(`the container ${source.container} has just ended`, 'Start it again and keep it running.');
      case 'file':
        throw notThere(
          `there is no network namespace behind ${source.path}`,
          'See whether the path is right; whoever had the namespace may have ended.',
        );
      default:
        // A process that has ended and was not waited for still has a number, but no network any more.
        throw notThere(`there is no process ${pid}`, 'See ps -e for those that run.');
    }
  }
}

function pathOf(source: NamespaceSource, pid: number | undefined): string {
  if (source.type === 'file') return source.path;
  return source.type === 'netns' ? `/run/netns/${source.name}` : `/proc/${pid ?? 'self'}/ns/net`;
}

/** A name in /run/netns outlives its namespace as an empty file; a namespace can be held and yet not be entered. */
function checkEntry(fd: number, label: string, source: NamespaceSource): void {
  try {
    loadNative().openSocket({ protocol: 'udp', family: 4, namespace: fd }).close();
  } catch (cause) {
    const { code, message } = cause as NativeSystemError;
    if (code === 'EPERM' || code === 'EACCES') throw mayNotEnter(label, cause);
    throw new TopologyError(`${label} is no network that can be entered: ${message}`, {
      code: 'ERR_PLACE',
      ...(source.type === 'netns' ? { remedy: `What is left of it goes with: ip netns delete ${source.name}` } : {}),
      cause,
    });
  }
}

function mayNotEnter(label: string, cause: unknown): VnetperfError {
  return new TopologyError(`this user may not enter the network of ${label}`, {
    code: 'ERR_NO_PERMISSION',
    remedy: 'Run vnetperf as root.',
    cause,
  });
}

function notThere(message: string, remedy: string): VnetperfError {
  return new TopologyError(message, { code: 'ERR_NO_SUCH_PLACE', remedy });
}
