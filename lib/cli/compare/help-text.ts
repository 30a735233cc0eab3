import { programName } from '../usage-error.js';

/** What `vnetperf compare --help` prints. */
export function compareHelpText(): string {
  return `Usage: ${programName} compare KIND... [--vary FACTOR=LEVEL,LEVEL]... [options]
       ${programName} compare --suite container-networks [options]
       ${programName} compare --resume FILE [--time-limit TIME] [-J]

Measures networks, and variations of a test, against each other, and says which is faster, by how much,
and what limited each. Every combination of KIND, levels and programs is a cell; the first one is the
baseline. Cells run in blocks of random order; one block is thrown away as a warm-up. The baseline runs
twice in each block (A/A): what it differs from itself by is no difference. KINDs are those of '${programName}
run --help', whose options apply to every cell. For example:
  ${programName} compare bridge --vary pin=off,auto
  ${programName} compare docker-bridge ovs veth --runs 20 -t 3
  ${programName} compare veth --vary streams=1,2 --vary congestion=cubic,bbr --peer iperf3

      --vary FACTOR=LEVEL[,LEVEL]...  what varies; may be repeated for more factors:
             pin              off, auto, or cores such as 0:1 and 0+2:1+3
             send-path        copy, sendfile, splice, zerocopy, auto
             receive-path     copy, discard, mmap, auto
             streams          1 to 128
             protocol         tcp, udp, sctp
             length           8K, 128K ..., default
             congestion       cubic, bbr ..., default
             mtu              1500, 9000 ..., default
             offload          tso=on, tso=off+gso=off ..., default
             direction        forward, reverse, bidirectional
             topology         veth, bridge ...: the same as KIND...
      --peer COMMAND          a program with iperf3's options as a cell too; may be repeated. Its words
                              are split as by a shell, and no shell runs it
      --suite container-networks      the networks of containers that this machine can hold
      --runs N                blocks that count (10, or as many as a verdict needs)
      --precision PERCENT     stop when all ratios are known within this, for example 2%; --runs is the
                              most it may take then (100)
      --time-limit TIME       stop in time: 600, 90s, 10m, 1h; of all runs together, also with --resume
      --seed N                of the order, and of the bootstrap
      --output FILE           where the result goes (compare-SEED.json); with -J only if given
      --resume FILE           go on with a comparison that was interrupted or ran out of time
  -J, --json                  the result document on standard output, and nothing else there
      --dry-run               print cells, commands, order and time, and do nothing
  -t, --time SECONDS          length of each run (2)
  -i, --interval SECONDS      time between the figures of a run (a quarter of it, at most 1)
  -h, --help                  this text

Interrupted once, it stops, prints what it has and how to go on; twice, at once. Ends with status 0, also
when interrupted, and with 1 when a cell could not be measured at all.`;
}
