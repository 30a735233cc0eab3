import { receivePaths, sendPaths } from '../configuration/settings.js';
import { DOCKER_PATHS } from '../topology/options.js';
import { described, type Offered } from './described-option.js';
import type { OptionDefinition } from './getopt.js';
import type { OptionRow, Side } from './iperf3-options.js';

/**
 * What iperf3 has no option for. Each yields abbreviations: `--pi` goes on meaning --pidfile, as it does to iperf3,
 * although --pin exists.
 */
function row<Name extends string>(
  long: Name,
  argument: OptionDefinition['argument'],
  side: Side,
  text: string,
  offers?: Offered,
): OptionRow<Name> {
  return described({ name: long, long, argument, side, yieldsAbbreviations: true }, text, offers);
}

/** One of these words. */
function choice<Name extends string>(
  long: Name,
  words: readonly string[],
  meaning: string,
  side: Side = 'both',
): OptionRow<Name> {
  return row(long, 'required', side, `${words.join('|')}: ${meaning}`, words);
}

export const ownOptions = [
  row(
    'pin',
    'required',
    'both',
    'off|auto|CLIENT:SERVER: pin to cores, dealt to the streams in turn: 0,2:1,3; with -c or -s alone for this side: 0,2',
    ['off', 'auto'],
  ),
  row('max-clients', 'required', 'server', 'N: tests of up to N clients at once, each within the limits by itself (1)'),
  choice(
    'send-path',
    sendPaths,
    "how a TCP sender's bytes get into the socket (copy); auto chooses, and says what and why",
    'client',
  ),
  choice('receive-path', receivePaths, 'how they get out of it at the receiver (copy)', 'client'),
  row('gso', 'none', 'client', 'UDP segmentation offload on senders: many datagrams in one packet'),
  row('gro', 'none', 'client', 'UDP receive offload on receivers'),
  row(
    'batch',
    'required',
    'client',
    'N: UDP datagrams, or packets of them (--gso, --gro), in one system call, 1 to 1024 (what suits)',
  ),
];

/** What a build server or a monitoring system is told: of every command that measures, and of a saved result. */
export const toldOptions = [
  row('junit', 'required', 'client', 'FILE: what passed and failed as JUnit XML, for a build server', 'file'),
  row(
    'github',
    'none',
    'client',
    'the same as annotations of GitHub Actions, and as Markdown in the file that GITHUB_STEP_SUMMARY names',
  ),
  row(
    'metrics',
    'required',
    'both',
    "FILE: figures in Prometheus' text format, at the end of the test: for a textfile collector, in *.prom",
    'file',
  ),
];

const failBelow = (text: string) => row('fail-below', 'required', 'client', text);

/** Of one test. */
export const testOutcomeOptions = [
  failBelow('RATE: end with status 3 where less than this is received each way, for example 9G or 500M'),
  ...toldOptions,
];

/** Of a comparison. */
export const comparisonOutcomeOptions = [
  failBelow(
    'LIMIT: RATIO or CELL=RATIO, for example 0.95: end with status 3 where a cell, or CELL, is shown to be below ' +
      'RATIO of its baseline, with 4 where too few runs or too much noise leave that open; may be repeated',
  ),
  ...toldOptions,
];

/** Of what was saved. */
export const savedOutcomeOptions = [
  failBelow('LIMIT: of comparisons RATIO or CELL=RATIO as compare has it, of single tests RATE as run has it'),
  ...toldOptions,
];

/** Where both ends are in this process; refused elsewhere, with the reason. */
export const bothEndsOptions = [
  row(
    'latency',
    'none',
    'both',
    'with run, between and compare: round trips of a UDP echo too, before the load (one more second) and under it',
  ),
];

/** Of every network that is to be built. */
const endOptions = [
  row('mtu', 'required', 'both', 'BYTES: MTU of every interface, 68 to 65535'),
  row('ipv6', 'none', 'both', 'IPv6 addresses too; run measures across them'),
  row('endpoints', 'required', 'both', 'N: client-server pairs, 1 to 32, with a stream each (1)'),
  row(
    'offload',
    'required',
    'both',
    'FEATURE=on|off[,...]: offloads of both ends as ethtool -K names them: tx=off,gro=on',
  ),
  row('rps', 'required', 'both', 'CORES: cores that take in what the ends receive (RPS): 1 or 0,2-3'),
];

/** Of kinds that have such a part. */
export const partOptions = [
  row('subnet', 'required', 'both', "CIDR: addresses of the engine's network (free ones out of 198.18.0.0/15)"),
  row('image', 'required', 'both', 'NAME: image of the containers (one of its own, with a program that waits)'),
  choice('engine', ['docker', 'podman'], 'whose containers (docker)'),
  row('docker-host', 'required', 'both', 'URL: where the engine listens: unix:///run/docker.sock'),
  choice('userland-proxy', ['on', 'off'], "through the engine's proxy process or its NAT rules (off)"),
  row('ovs-db', 'required', 'both', 'DB: a switch that runs already: unix:/run/openvswitch/db.sock'),
  choice('store', ['swarm', 'etcd'], 'docker-overlay: what the engines know each other by (swarm)'),
  choice('weave-path', ['fastdp', 'sleeve'], 'weave: VXLAN by a switch, or UDP by a process (fastdp)'),
  choice(
    'docker-path',
    DOCKER_PATHS,
    'docker-hosts: A containers on the overlay, B containers behind NAT on both hosts, C host to host, D host to a ' +
      'published container, E host to its own container, F host to one in host mode (B)',
  ),
  row('conf', 'required', 'both', "FILE: cni: the network's configuration, a .conflist or a .conf", 'file'),
  row(
    'cni-path',
    'required',
    'both',
    'DIR[:DIR]: cni: where the plugins are (CNI_PATH, /opt/cni/bin, /usr/lib/cni)',
    'directory',
  ),
];

/** Of kinds across two hosts. */
export const linkOptions = [
  row(
    'link-rate',
    'required',
    'both',
    "RATE|none: of the link between the hosts: 1gbit, 250mbit; Ethernet's 24 bytes count with each packet (none: as " +
      'fast as this machine)',
    ['none', '1gbit', '10gbit'],
  ),
  row('link-mtu', 'required', 'both', "BYTES: MTU of the link (1500); the ends' follows from it"),
  row('link-delay', 'required', 'both', 'MS: delay of the link each way (none of its own)'),
  row('link-loss', 'required', 'both', 'PERCENT: share of the packets that it loses each way (0)'),
  choice('underlay', ['4', '6'], 'address family between the hosts (4)'),
];

/** Of the network that is to be built: for `vnetperf run`, and for whatever else builds one. */
export const networkOptions = [...endOptions, ...partOptions, ...linkOptions];

const dryRun = row('dry-run', 'none', 'both', 'print the commands as a shell script and do nothing');

/** Of runs on networks of every kind. */
export const runEndOptions = [...endOptions, dryRun];

/** Only for `vnetperf run`. */
export const runOptions = [dryRun, ...networkOptions];

/** Only for `vnetperf between`, which builds nothing. */
export const betweenOptions = networkOptions.filter(({ name }) => name === 'docker-host');

export type NetworkOptionName = (typeof networkOptions)[number]['name'];

export type OwnOptionName =
  | (typeof ownOptions)[number]['name']
  | (typeof testOutcomeOptions)[number]['name']
  | (typeof bothEndsOptions)[number]['name']
  | (typeof runOptions)[number]['name'];
