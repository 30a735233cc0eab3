import { isListening } from '../../build-modules/compare/peer/listening.js';
import { oneWay } from './one-way.mjs';

/** nuttcp with the flags it is fastest with: long writes, and datagrams without the 1 Mbit/s it starts from. */
export function nuttcp({ command = 'nuttcp', length }) {
  return {
    name: 'nuttcp',
    server: ({ port, cores }) => ({ argv: [command, '-1', '--nofork', `-P${port}`], cores: [cores.server] }),
    client: ({ address, port, seconds, udpBytes, cores, options }) => ({
      argv: [
        ...[command, '-fparse', `-P${port}`, `-p${port + 1}`, `-T${seconds}`],
        ...(udpBytes === undefined ? [`-l${length.toLowerCase()}`] : ['-u', '-R0', `-l${udpBytes}`]),
        ...options.flags,
        address,
      ],
      cores: [cores.client],
    }),
    isReady: (server, { port }) => isListening(server.pid, port),
    measurement({ client, run }) {
      const told = (name) => Number(new RegExp(`\\b${name}=([0-9.]+)`).exec(client.stdout)?.[1]);
      const receivedBytes = told('megabytes') * 2 ** 20;
      const seconds = told('real_seconds');
      if (!(receivedBytes > 0 && seconds > 0)) throw new Error(`nuttcp gave no report: ${client.complaint}`);
      const cost = (percent) => ({ cpuSecondsPerGigabyte: ((percent / 100) * seconds * 1e9) / receivedBytes });
      const measured = oneWay(run, {
        receivedBytes,
        bitsPerSecond: told('rate_Mbps') * 1e6,
        ...(run.udpBytes === undefined
          ? { retransmits: told('retrans') }
          : { datagrams: told('pkt'), lost: told('drop') }),
      });
      return { ...measured, costs: { client: cost(told('tx_cpu')), server: cost(told('rx_cpu')) } };
    },
  };
}
