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
const GSO_LOOP = (bytes) => ({ udp: true, send: 'gso', receive: 'gro', block: bytes });

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
      iperf3: { flags: ['-Z'] },
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
    programs: { iperf3: { flags: PLAIN(1448) }, limit: GSO_LOOP(1448), vnetperf: { flags: GSRO(1448) } },
  },
  {
    line: 4,
    title: 'UDP 1448',
    udpBytes: 1448,
    programs: {
      iperf3: { flags: PLAIN(1448) },
      iperf2: { flags: [] },
      nuttcp: { flags: [] },
      limit: { udp: true, send: 'send', receive: 'recv', block: 1448 },
      vnetperf: { flags: PLAIN(1448) },
    },
  },
  {
    line: 4,
    title: 'UDP 64 --gsro',
    udpBytes: 64,
    programs: { limit: GSO_LOOP(64), vnetperf: { flags: GSRO(64) } },
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

/** The rows of some networks whose key has the text, without the programs that are left out. */
export function rowsOf({ networks, only, without }) {
  return ROWS.flatMap((row) =>
    networks.map((network) => {
      const programs = Object.fromEntries(Object.entries(row.programs).filter(([name]) => !without.includes(name)));
      return { ...row, network, programs, key: `line${row.line} ${network} ${row.title}` };
    }),
  )
    .filter(({ key, programs }) => key.includes(only) && Object.keys(programs).length > 0)
    .sort((one, other) => networks.indexOf(one.network) - networks.indexOf(other.network));
}
