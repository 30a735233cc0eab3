import { readFileSync } from 'node:fs';
import { isListening } from '../../build-modules/compare/peer/listening.js';
import { oneWay } from './one-way.mjs';

/** "As fast as it goes" has no word of its own, and 0 is refused. */
const UNLIMITED = '100g';

/** iperf 2 with the flags it is fastest with: long writes. Its server's CSV line tells what arrived. */
export function iperf2({ command = 'iperf', length }) {
  const common = ({ udpBytes, port }) => [
    ...['-p', `${port}`, '-y', 'C'],
    ...(udpBytes === undefined ? ['-l', length] : ['-u', '-l', `${udpBytes}`]),
  ];
  return {
    name: 'iperf2',
    server: (run) => ({ argv: [command, '-s', '-P', '1', ...common(run)], cores: [run.cores.server] }),
    client: (run) => ({
      argv: [
        ...[command, '-c', run.address, '-t', `${run.seconds}`, ...common(run)],
        ...(run.udpBytes === undefined ? [] : ['-b', UNLIMITED]),
        ...(run.congestion === undefined ? [] : ['-Z', run.congestion]),
        ...run.options.flags,
      ],
      cores: [run.cores.client],
    }),
    isReady: (server, { port, udpBytes }) =>
      udpBytes === undefined ? isListening(server.pid, port) : isBound(server.pid, port),
    measurement({ server, run }) {
      const line = server.stdout.trim().split('\n').at(-1) ?? '';
      const fields = line.split(',');
      const [bytes, rate, , lost, datagrams] = fields.slice(7).map(Number);
      const [from, until] = (fields[6] ?? '').split('-').map(Number);
      if (!(bytes > 0 && rate > 0 && until > from)) throw new Error(`iperf2 gave no report: ${server.complaint}`);
      return oneWay(run, {
        receivedBytes: bytes,
        bitsPerSecond: rate,
        ...(run.udpBytes === undefined ? {} : { datagrams, lost }),
      });
    },
  };
}

/** Whether anything in that process's network has the UDP port; nobody else is there. */
function isBound(pid, port) {
  const hexadecimal = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  try {
    const lines = ['udp', 'udp6'].flatMap((table) => readFileSync(`/proc/${pid}/net/${table}`, 'utf8').split('\n'));
    return lines.some((line) => line.trim().split(/\s+/)[1]?.endsWith(hexadecimal) === true);
  } catch {
    return false;
  }
}
