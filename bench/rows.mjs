// What is measured: each row is one set of flags, run by several programs in turn. A row's key is what --only looks in.

const KIBIBYTE = 1024;

/** The flags are those that iperf3 has too; the limit makes the same system calls. */
const SAME_FLAGS = [
  { title: 'defaults', flags: [], limit: {} },
  { title: '-Z', flags: ['-Z'], limit: { send: 'sendfile' } },
  { title: '-l 512K', flags: ['-l', '512K'], limit: { block: 512 * KIBIBYTE } },
  { title: '-w 1M', flags: ['-w', '1M'], limit: { window: KIBIBYTE * KIBIBYTE } },
  { title: '-R', flags: ['-R'], limit: { direction: 'reverse' } },
  { title: '--bidir', flags: ['--bidir'], limit: { direction: 'both' } },
  { title: '-P 4', flags: ['-P', '4'], limit: { streams: 4 } },
];

const AUTO = ['--send-path', 'auto', '--receive-path', 'auto'];
const GSRO = (bytes) => ['-u', '-b', '0', '-l', `${bytes}`, '--gsro'];
const PLAIN = (bytes) => ['-u', '-b', '0', '-l', `${bytes}`];
/**
 * Batches and segments are those of the engine (native/engine/udp_sender.cc, udp_receiver.cc), the receive buffer is that
 * of one stream without a rate (lib/traffic/socket-options.ts).
 */
const UDP_LOOP = { udp: true, buffer: 64 * KIBIBYTE * KIBIBYTE };
const MOST_SEGMENTS = 128;
const MOST_SEGMENTED_BYTES = 65507;
const GSO_LOOP = (bytes, sendBatch) => ({
  ...UDP_LOOP,
  ...{ send: 'gso', receive: 'gro', block: bytes, sendBatch, receiveBatch: 8 },
  segments: Math.min(MOST_SEGMENTS, Math.floor(MOST_SEGMENTED_BYTES / bytes)),
});

const ROWS = [
  ...SAME_FLAGS.map(({ title, flags, limit }) => ({
    line: 1,
    title,
    programs: {
      iperf3: { flags },
      limit: { send: 'write', receive: 'read', block: 128 * KIBIBYTE, ...limit },
      vnetperf: { flags },
    },
  })),
  {
    line: 2,
    title: 'auto',
    programs: {
      iperf3: { flags: ['-Z'], ifKnown: ['--skip-rx-copy'] },
      iperf2: { flags: [] },
      nuttcp: { flags: [] },
      limit: { send: 'splice', receive: 'trunc', block: KIBIBYTE * KIBIBYTE },
      vnetperf: { flags: AUTO },
    },
  },
  {
    line: 3,
    title: '-C cubic where bbr is the default',
    // The algorithm is the flag here, so it is not added.
    defaultCongestion: 'bbr',
    programs: { iperf3: { flags: ['-C', 'cubic'] }, vnetperf: { flags: ['-C', 'cubic'] } },
  },
  {
    line: 4,
    title: 'UDP 1448 --gsro',
    udpBytes: 1448,
    programs: {
      iperf3: { flags: PLAIN(1448), ifKnown: ['--gsro'] },
      limit: GSO_LOOP(1448, 1),
      vnetperf: { flags: GSRO(1448) },
    },
  },
  {
    line: 4,
    title: 'UDP 1448',
    udpBytes: 1448,
    programs: {
      iperf3: { flags: PLAIN(1448) },
      iperf2: { flags: [] },
      nuttcp: { flags: [] },
      limit: { ...UDP_LOOP, send: 'sendmmsg', receive: 'recvmmsg', block: 1448, sendBatch: 32, receiveBatch: 64 },
      vnetperf: { flags: PLAIN(1448) },
    },
  },
  {
    line: 4,
    title: 'UDP 64 --gsro',
    udpBytes: 64,
    programs: { limit: GSO_LOOP(64, 8), vnetperf: { flags: GSRO(64) } },
  },
  ...[
    { title: 'UDP 1448 --gsro, 10 s', bytes: 1448, flags: GSRO(1448) },
    { title: 'UDP 1448, 10 s', bytes: 1448, flags: PLAIN(1448) },
    { title: 'UDP 64 --gsro, 10 s', bytes: 64, flags: GSRO(64) },
  ].map(({ title, bytes, flags }) => ({
    line: 4,
    title,
    udpBytes: bytes,
    // What is asked of these is their losses and counts, which one run tells.
    seconds: 10,
    blocks: 2,
    warmUpBlocks: 0,
    programs: { vnetperf: { flags } },
  })),
];

/**
 * The rows of some networks whose key has the text, without the programs that are left out.
 * @param iperf3Help What its --help prints: a newer one has more options to be fast with.
 */
export function rowsOf({ networks, only, without }, iperf3Help) {
  const known = ({ ifKnown = [], ...options }) =>
    options.flags === undefined
      ? options
      : { ...options, flags: [...options.flags, ...ifKnown.filter((flag) => iperf3Help.includes(flag))] };
  return networks
    .flatMap((network) => ROWS.map((row) => ({ ...row, network, key: `line${row.line} ${network} ${row.title}` })))
    .filter(({ key }) => key.includes(only))
    .map((row) => ({
      ...row,
      programs: Object.fromEntries(
        Object.entries(row.programs).flatMap(([name, options]) =>
          without.includes(name) ? [] : [[name, known(options)]],
        ),
      ),
    }))
    .filter(({ programs }) => Object.keys(programs).length > 0);
}
