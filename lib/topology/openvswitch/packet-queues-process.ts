import { readFileSync } from 'node:fs';
import { loadNative } from '../../platform/load-native.js';

/** As a process of its own, a command of a plan: PID-FILE BYTES. See packet-queues for what it is for. */
const [pidFile = '', bytes = ''] = process.argv.slice(2);
try {
  const sockets = loadNative().setBuffersOfPacketSockets(Number(readFileSync(pidFile, 'utf8')), Number(bytes));
  if (sockets === 0) throw new Error('the switch has no packet sockets');
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exitCode = 1;
}
