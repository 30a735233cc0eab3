import { parseArgs } from 'node:util';

const HELP = `npm run bench -- [options]
vnetperf, iperf3, iperf 2, nuttcp and bare C loops (bench/limit/) with the same flags or system calls, in randomised
blocks on networks of its own. Needs root. Prints a table; a full run takes about 25 minutes.

  --networks LIST   default: loopback,veth,bridge
  --only TEXT       rows whose name has the text: line2, bridge, 'bridge -Z', UDP
  --without LIST    programs to leave out: iperf3,iperf2,nuttcp,limit
  --blocks N        measured runs of each program in each row, after one to warm up; --pairs is the same (default: 7)
  --seconds S       of each run (default: 1)
  --omit S          of each run before that, of the programs that can leave it out of their figures (default: 0)
  --cores C,S       of the client and the server (default: 0,1)
  --iperf3 PATH     another iperf3
  --peer-length L   of the writes of iperf 2 and nuttcp over TCP (default: 128K)
  --output FILE     the result, for vnetperf report
  --seed N          of the order in the blocks (default: 1)
  --without-footprint  no look at the memory of a client and at an idle server
`;

/** What the command line asks for; undefined = it asked for help, which was printed. */
export function benchOptions(words) {
  const { values } = parseArgs({
    args: words,
    options: {
      networks: { type: 'string', default: 'loopback,veth,bridge' },
      only: { type: 'string', default: '' },
      without: { type: 'string', default: '' },
      blocks: { type: 'string' },
      pairs: { type: 'string' },
      seconds: { type: 'string', default: '1' },
      omit: { type: 'string', default: '0' },
      cores: { type: 'string', default: '0,1' },
      iperf3: { type: 'string', default: 'iperf3' },
      'peer-length': { type: 'string', default: '128K' },
      output: { type: 'string' },
      seed: { type: 'string', default: '1' },
      'without-footprint': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return undefined;
  }
  const [client, server] = list(values.cores).map((core) => whole('cores', core, 0));
  if (server === undefined) throw new Error("--cores takes the client's and the server's, such as 0,1");
  return {
    networks: list(values.networks),
    only: values.only,
    without: list(values.without),
    blocks: whole('blocks', values.blocks ?? values.pairs ?? '7', 1),
    seconds: whole('seconds', values.seconds, 1),
    omit: whole('omit', values.omit, 0),
    cores: { client, server },
    iperf3: values.iperf3,
    peerLength: values['peer-length'],
    output: values.output,
    seed: whole('seed', values.seed, 0),
    footprint: !values['without-footprint'],
    command: ['bench', ...words],
  };
}

function list(text) {
  return text.split(',').filter((word) => word !== '');
}

function whole(name, text, least) {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < least) {
    throw new Error(`--${name} takes a whole number from ${least}, not '${text}'`);
  }
  return value;
}
