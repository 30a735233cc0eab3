import { endCosts } from '../../build-modules/compare/measuring/end-costs.js';

/** The bare C loops. */
export function limit(program) {
  const common = (run, end) => {
    const { udp = false, send, receive, block, window, streams = 1, direction = 'forward' } = run.options;
    const { sendBatch = 1, receiveBatch = 1, segments, buffer } = run.options;
    const sends = direction === 'both' || (direction === 'forward') === (end === 'client');
    const receives = direction === 'both' || !sends;
    return [
      ...['--port', `${run.port}`, '--core', `${run.cores[end]}`, '--block', `${block}`, '--streams', `${streams}`],
      ...['--seconds', `${run.seconds}`, '--warm-up', `${run.omit}`, '--batch', `${sends ? sendBatch : receiveBatch}`],
      ...(udp ? ['--udp'] : []),
      ...(sends ? ['--send', send] : []),
      ...(receives ? ['--receive', receive] : []),
      ...(segments === undefined ? [] : ['--segments', `${segments}`]),
      ...(buffer === undefined ? [] : ['--buffer', `${buffer}`]),
      ...(window === undefined ? [] : ['--window', `${window}`]),
      ...(run.congestion === undefined ? [] : ['--congestion', run.congestion]),
    ];
  };
  return {
    name: 'limit',
    server: (run) => ({ argv: [program, '--listen', ...common(run, 'server')], cores: [] }),
    client: (run) => ({ argv: [program, '--connect', run.address, ...common(run, 'client')], cores: [] }),
    isReady: (server) => server.stdout.includes('ready\n'),
    measurement({ client, server, run }) {
      const ends = { client: documentOf(client, 'client'), server: documentOf(server, 'server') };
      const directions = ['client', 'server'].flatMap((from) => direction(ends, from));
      const streams = ['client', 'server'].flatMap((end) => streamsOf(ends[end], run));
      return {
        durationSeconds: run.seconds,
        bitsPerSecond: directions.reduce((sum, { bitsPerSecond }) => sum + bitsPerSecond, 0),
        directions,
        streams,
        intervals: [],
        limits: [],
        warnings: [],
        costs: endCosts(streams),
      };
    },
  };
}

function documentOf(process, end) {
  const line = process.stdout
    .trim()
    .split('\n')
    .findLast((text) => text.startsWith('{'));
  if (line === undefined) throw new Error(`the ${end} of the limit gave no report: ${process.complaint}`);
  return JSON.parse(line);
}

/** Rate and received bytes are of the measured time; losses are of the whole run, at whose ends nothing is under way. */
function direction(ends, from) {
  const receivingEnd = from === 'client' ? ends.server : ends.client;
  const sent = ends[from].streams.filter(({ role }) => role === 'sender');
  const received = receivingEnd.streams.filter(({ role }) => role === 'receiver');
  if (received.length === 0) return [];
  const sum = (streams, field) => streams.reduce((total, stream) => total + stream[field], 0);
  const receivedBytes = sum(received, 'measuredBytes');
  const datagrams = sum(sent, 'datagrams');
  const lost = datagrams - sum(received, 'datagrams');
  return [
    {
      from,
      receivedBytes,
      bitsPerSecond: (receivedBytes * 8) / receivingEnd.seconds,
      ...(sent[0].datagrams === undefined
        ? { retransmits: sum(sent, 'retransmits') }
        : {
            datagrams,
            lost,
            lostPercent: (100 * lost) / Math.max(1, datagrams),
            packetsSent: sum(sent, 'packets'),
            packetsReceived: sum(received, 'packets'),
          }),
    },
  ];
}

function streamsOf({ end, streams }, { cores }) {
  const core = cores[end];
  return streams.map(({ role, bytes, calls, packets, congestion, userSeconds, systemSeconds }, index) => ({
    id: index + 1,
    end,
    role,
    bytes,
    bytesByCore: [{ core, bytes }],
    migrations: 0,
    pin: { asked: [core], got: [core] },
    calls,
    ...(packets === undefined ? {} : { packets }),
    ...(congestion === undefined ? {} : { congestion }),
    cpu: { userSeconds, systemSeconds },
  }));
}
