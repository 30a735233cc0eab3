import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** TCP_LISTEN of the kernel's include/net/tcp_states.h, as /proc/net/tcp prints it. */
const LISTEN_STATE = '0A';

/** Whether this very process listens on that TCP port, in whatever network it is. */
export function isListening(pid: number, port: number): boolean {
  const inodes = new Set(['tcp', 'tcp6'].flatMap((table) => listenersOn(port, read(`/proc/${pid}/net/${table}`))));
  return inodes.size > 0 && socketsOf(pid).some((inode) => inodes.has(inode));
}

/** Inodes of the sockets that listen on that port. */
function listenersOn(port: number, table: string): string[] {
  const hexadecimal = port.toString(16).toUpperCase().padStart(4, '0');
  return table.split('\n').flatMap((line) => {
    // proc(5): sl local_address rem_address st tx_queue:rx_queue tr:tm->when retrnsmt uid timeout inode
    const fields = line.trim().split(/\s+/);
    const matches = fields[1]?.endsWith(`:${hexadecimal}`) === true && fields[3] === LISTEN_STATE;
    return matches && fields[9] !== undefined ? [fields[9]] : [];
  });
}

function socketsOf(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
      try {
        return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1] ?? [];
      } catch {
        return [];
      }
    });
  } catch {
    return [];
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
