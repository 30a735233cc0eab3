import { writeFileSync } from 'node:fs';
import { loadNative } from '../../platform/load-native.js';

/**
 * One side of weave's slow path as a process of its own, so that what it costs can be told: its arguments are
 * INTERFACE LOCAL-HOST REMOTE-HOST PORT OWN-NAME PEER-NAME READY-FILE, the names as twelve hex digits. It carries
 * frames from when the last of these is there until a signal ends it.
 */
const [device = '', localHost = '', remoteHost = '', port = '', ownName = '', peerName = '', readyFile = ''] =
  process.argv.slice(2);

try {
  const { Sleeve } = loadNative();
  const sleeve = new Sleeve({
    interface: device,
    localHost,
    remoteHost,
    port: Number(port),
    ownName: Buffer.from(ownName, 'hex'),
    peerName: Buffer.from(peerName, 'hex'),
  });
  process.once('SIGTERM', () => {
    sleeve.close();
    process.exit(0);
  });
  // Last: who sees the file may send the signal.
  writeFileSync(readyFile, '');
  // The relay's own threads do not keep the event loop alive.
  setInterval(() => {}, 2 ** 30);
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exitCode = 1;
}
