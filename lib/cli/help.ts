import { kinds } from '../topology/kinds.js';
import type { Draft } from './draft.js';
import { programName } from './usage-error.js';

/** What --help prints, and `run --help`, and `between --help`. Every option stands in it; a test compares it with the table. */
export function helpText(command: Draft['command']): string {
  return `${sectionsOf(command).join('\n\n')}\n\n${numbers}`;
}

function sectionsOf(command: Draft['command']): string[] {
  switch (command) {
    case 'iperf3':
      return [usage, both, server, client, own];
    case 'run':
      return [runUsage, own, run, withoutHost(client), both];
    case 'between':
      return [betweenUsage, own, withoutHost(client), both];
  }
}

function kindLines(): string {
  const width = Math.max(...[...kinds.keys()].map((name) => name.length));
  return [...kinds.values()].map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`).join('\n');
}

/** These are their own server. */
function withoutHost(section: string): string {
  return section
    .split('\n')
    .filter((line) => !line.startsWith('  -c, '))
    .join('\n');
}

const usage = `Usage: ${programName} -s [options]                run a server; iperf3 clients can use it
       ${programName} -c HOST [options]           measure to a server; it may be an iperf3
       ${programName} run KIND [options]          build a network, measure across it, remove it
       ${programName} between A B [options]       measure between two places that exist
       ${programName} compare KIND... [options]   which is faster, by how much, and why
       ${programName} report FILE... [options]    what was measured, as a page, drawing, table or CSV
       ${programName} doctor [KIND | A B]         say what such a measurement would fail of
       ${programName} cpus                        the cores of this machine as --pin auto sees them
       ${programName} topology up|ls|exec|down|gc networks that stay, and what dead processes left
       ${programName} run --help                  more about that; each of these words has its --help
       ${programName} -v | -h

Every option of iperf3 3.21 means what it means there.`;

const runUsage = `Usage: ${programName} run KIND [options]

Builds the network KIND out of namespaces of its own, runs client and server across it in this
one process, prints the client's report and removes the network. KIND is one of
${kindLines()}

The client's options below apply, except -c and -s.`;

const betweenUsage = `Usage: ${programName} between A B [options]

Measures from A to B, both there already, with client and server in this one process. Its threads
enter the network namespaces; nothing is installed, restarted or changed there. A and B are each one of
  docker:NAME   a running container      podman:NAME   the same
  netns:NAME    what ip netns list shows
  pid:N         the network that process N is in
  host          the network this program is in
      --docker-host URL       where the engine listens, for example unix:///run/docker.sock

The client's options below apply, except -c and -s.`;

const both = `Client or server:
  -p, --port N                port of the server (5201)
  -f, --format LETTER         unit of the rates: k m g t (bits), K M G T (bytes)
  -i, --interval SECONDS      time between reports, 0.1 to 60, 0 for none (1)
  -I, --pidfile FILE          write the process id into FILE
  -F, --file FILE             send FILE, or write what is received into it
  -A, --affinity N[,M]        stay on core N; M: the server on core M
  -B, --bind HOST[%DEV]       use this local address (and interface)
      --bind-dev DEV          use this interface (SO_BINDTODEVICE)
  -V, --verbose               say more
  -J, --json                  one JSON document at the end
      --json-stream           JSON events as they happen, one a line
      --json-stream-full-output   ... and the whole document at the end
      --logfile FILE          append all output to FILE
      --forceflush            write each interval at once (always so here)
      --timestamps[=FORMAT]   time before each line, as strftime(3) formats it ('%c ')
      --rcv-timeout MS        give up when nothing arrives for so long (120000)
      --snd-timeout MS        give up on unacknowledged data after so long
      --cntl-ka[=IDLE/INTERVAL/COUNT]   keepalive on the control connection
  -m, --mptcp                 Multipath TCP for the data
  -4, --version4              IPv4 only
  -6, --version6              IPv6 only
      --cport PORT            source port of the client's data
  -X, --xbind NAME            further SCTP addresses; may be repeated
      --use-pkcs1-padding     credentials padded as before iperf3 3.17
  -d, --debug[=LEVEL]         debugging output, 1 to 4 (4)
  -v, --version               version and features
  -h, --help                  this text`;

const server = `Server:
  -s, --server                serve
  -D, --daemon                ... in the background
  -1, --one-off               ... one test, then leave
      --server-bitrate-limit RATE[/SECONDS]   refuse and end tests above RATE, averaged over
                              SECONDS (5)
      --server-max-duration SECONDS   refuse longer tests, and those of unknown length
      --idle-timeout SECONDS  start afresh when no client came for so long; with -1: leave
      --rsa-private-key-path FILE     private key for clients' credentials (PEM)
      --authorized-users-path FILE    who may test: lines of name,hash
      --time-skew-threshold SECONDS   how far the clocks may be apart (10)`;

const client = `Client:
  -c, --client HOST[%DEV]     measure to HOST (through interface DEV)
  -u, --udp                   UDP instead of TCP
      --sctp                  SCTP instead of TCP
      --nstreams N            streams in an SCTP association
      --connect-timeout MS    deadline for reaching the server
  -b, --bitrate RATE[/BURST]  target of each stream, 0 for unlimited (TCP 0, UDP 1.05M);
                              BURST blocks at a time
      --bandwidth RATE        the same
      --fq-rate RATE          pacing of each stream by the kernel
      --no-fq-socket-pacing   deprecated: --fq-rate 0
      --pacing-timer US       passed on to servers that still use it (1000)
  -t, --time SECONDS          length of the test, 0 for endless (10)
  -n, --bytes SIZE            end after so many bytes instead
  -k, --blockcount N          end after so many blocks instead
  -l, --length SIZE           block or datagram size (TCP 128K, UDP what fits the path)
  -P, --parallel N            streams, up to 128 (1)
  -R, --reverse               the server sends
      --bidir                 both send
  -w, --window SIZE           socket buffers
  -C, --congestion NAME       congestion control
      --linux-congestion NAME the same
  -M, --set-mss N             TCP maximum segment size
  -N, --no-delay              switch Nagle's algorithm off
  -S, --tos N                 type of service, 0 to 255, also 0x and octal
      --dscp N|NAME           DiffServ code point, 0 to 63 or a name such as ef, af11, cs1
  -L, --flowlabel N           IPv6 flow label
  -Z, --zerocopy              send with sendfile(); the same as --send-path sendfile
      --skip-rx-copy          receive without copying (MSG_TRUNC); as --receive-path discard
  -O, --omit SECONDS          leave the first seconds out of the result
  -T, --title TEXT            put TEXT before every line
      --extra-data TEXT       put TEXT into both sides' JSON
      --get-server-output     fetch the server's report too
      --udp-counters-64bit    64-bit sequence numbers
      --repeating-payload     send 0123456789... instead of random bytes
      --dont-fragment         set the DF bit (UDP over IPv4)
      --gsro                  UDP segmentation and receive offload; --gso --gro
      --username NAME         authenticate; the password comes from IPERF3_PASSWORD or is
                              asked for
      --rsa-public-key-path FILE      the server's public key (PEM)`;

const own = `Not in iperf3:
      --pin off|auto|CLIENT:SERVER    pin to cores, dealt to the streams in turn, for example
                              0,2:1,3; with -c or -s alone: --pin 0,2 for this side
      --send-path copy|sendfile|splice|zerocopy|auto   how a TCP sender's bytes get into the socket
                              (copy); auto chooses, and says what and why
      --receive-path copy|discard|mmap|auto   how they get out of it at the receiver (copy)
      --gso                   UDP segmentation offload on senders: many datagrams in one packet
      --gro                   UDP receive offload on receivers
      --batch N               UDP datagrams, or packets of them (--gso, --gro), in one system call,
                              1 to 1024 (what suits)
      --latency               with run, between and compare: round trips of a UDP echo too,
                              before the load (one more second) and under it`;

const run = `Only with run:
      --mtu BYTES             MTU of every interface, 68 to 65535
      --ipv6                  across IPv6
      --endpoints N           client-server pairs on the network, 1 to 32, with a stream each (1)
      --offload FEATURE=on|off[,...]  offloads of both ends as ethtool -K names them: tx=off,gro=on
      --rps CORES             cores that take in what the ends receive (RPS), for example 1 or 0,2-3
      --dry-run               print the commands as a shell script and do nothing
With a KIND that has such a part:
      --engine docker|podman  whose containers (docker)
      --docker-host URL       where the engine listens, for example unix:///run/docker.sock
      --image NAME            image of the containers (one of its own, with a program that waits)
      --subnet CIDR           addresses of the engine's network (free ones out of 198.18.0.0/15)
      --userland-proxy on|off through the engine's proxy process or its NAT rules (off)
      --ovs-db DB             a switch that runs already, for example unix:/run/openvswitch/db.sock`;

const numbers = `SIZE takes a suffix K M G T in powers of 1024, RATE in powers of 1000: -l 64K, -b 2.5G.`;
