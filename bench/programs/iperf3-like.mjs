import { isListening } from '../../build-modules/compare/peer/listening.js';
import { measurementOfReport } from '../../build-modules/compare/peer/report-document.js';

/** A program with iperf3's command line and reports; it pins both of its ends itself. */
export function iperf3Like(command, name) {
  return {
    name,
    server: ({ port }) => ({ argv: [...command, '-s', '-1', '-p', `${port}`], cores: [] }),
    client: ({ address, port, seconds, omit, cores, congestion, options }) => ({
      argv: [
        ...[...command, '-c', address, '-p', `${port}`, '-J', '-i', '0', '-t', `${seconds}`],
        ...(omit > 0 ? ['-O', `${omit}`] : []),
        ...['-A', `${cores.client},${cores.server}`],
        ...(congestion === undefined ? [] : ['-C', congestion]),
        ...options.flags,
      ],
      cores: [],
    }),
    isReady: (server, { port }) => isListening(server.pid, port),
    measurement({ client }) {
      const { stdout } = client;
      const start = stdout.indexOf('{');
      if (start < 0) throw new Error(`${name} gave no report: ${client.complaint}`);
      return measurementOfReport(JSON.parse(stdout.slice(start))).measurement;
    },
  };
}
