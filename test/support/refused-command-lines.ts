const port = 'port number must be between 1 and 65535 inclusive';
const interval = 'invalid report interval (min = 0.1, max = 60 seconds)';
const format = 'bad format specifier (valid formats are in the set [kmgtKMGT])';
const affinity = 'unable to set CPU affinity';
const receive = 'receive timeout value is incorrect or not in range';
const send = 'send timeout value is incorrect or not in range';
const keepalive = 'control connection Keepalive period should be larger than the full retry period (interval * count)';
const duration = 'test duration valid values are 0 to 86400 seconds';
const window28 = 'invalid time interval for calculating average data rate';
const idle = 'idle timeout parameter is not positive or larger than allowed limit';
const skew = 'skew threshold must be a positive number';
const burst = 'invalid burst count (maximum = 1000)';
const omit = 'bogus value for --omit (maximum = 600 seconds)';
const tos = 'bad TOS value (must be between 0 and 255 inclusive)';
const flow = 'unable to set IPv6 flow label';
const buffer = 'socket buffer size too large (maximum = 536870912 bytes)';
const mss = 'TCP MSS too large (maximum = 32767 bytes)';
const block = 'block size too large (maximum = 1048576 bytes)';
const datagram = 'block size invalid (minimum = 16 bytes, maximum = 65507 bytes)';
const ends = 'only one test end condition (-t, -n, -k) may be specified';
const fewStreams = 'invalid number of parallel streams (min = 1, max = 128)';
const manyStreams = 'number of parallel streams too large (maximum = 128)';
const both = 'cannot be both reverse and bidirectional';
const clientKey = 'you must specify a username, password, and path to a valid RSA public key';
const serverKey = 'you must specify a path to a valid RSA private key and a user credential file';
const prefix = '(an IPv4 prefix from /8 to /29, for example 198.18.7.0/24)';
const unit = (text: string) => `invalid unit value or suffix: '${text}'`;

/** Command lines of `run` that are refused, which iperf3 does not have, and the words. */
export const refusedRuns: [argv: string, message: string][] = [
  ['run veth --endpoints 0', '0 pairs of endpoints are not possible (min = 1, max = 32)'],
  ['run veth --endpoints 33', '33 pairs of endpoints are not possible (min = 1, max = 32)'],
  ['run veth --endpoints 2x', '2x pairs of endpoints are not possible (min = 1, max = 32)'],
  [
    'run veth --offload tx',
    "bad value for --offload: 'tx' is not FEATURE=on or FEATURE=off (for example tx=off,gro=on)",
  ],
  [
    'run veth --offload tx=off,',
    "bad value for --offload: '' is not FEATURE=on or FEATURE=off (for example tx=off,gro=on)",
  ],
  [
    'run veth --offload -K=off',
    "bad value for --offload: '-K=off' is not FEATURE=on or FEATURE=off (for example tx=off,gro=on)",
  ],
  ['run veth --rps x', "bad value for --rps: 'x' is not a list of cores (cores, for example 1 or 0,2-3)"],
  ['run veth --rps 3-1', "bad value for --rps: '3-1' is not a list of cores (cores, for example 1 or 0,2-3)"],
  [
    'run bridge --subnet 198.18.7.5/24',
    `bad value for --subnet: 198.18.7.5/24 is an address in 198.18.7.0/24 ${prefix}`,
  ],
  ['run bridge --subnet 198.18.7.0/30', `bad value for --subnet: '198.18.7.0/30' is not one ${prefix}`],
  ['run bridge --subnet 198.18.7.0', `bad value for --subnet: '198.18.7.0' is not one ${prefix}`],
  ['run bridge --subnet fd00::/64', `bad value for --subnet: 'fd00::/64' is not one ${prefix}`],
  ['run bridge --engine rkt', "bad value for --engine: 'rkt' is neither (docker or podman)"],
  ['run bridge --userland-proxy yes', "bad value for --userland-proxy: 'yes' is neither (on or off)"],
  ['run bridge --image -it', "bad value for --image: '-it' is not the name of an image (for example debian:12)"],
  [
    'run bridge --docker-host /run/docker.sock',
    "bad value for --docker-host: '/run/docker.sock' is not a URL of an engine (for example unix:///run/docker.sock)",
  ],
  [
    'run bridge --ovs-db /run/db.sock',
    "bad value for --ovs-db: '/run/db.sock' is not an address of a switch's database " +
      '(for example unix:/run/openvswitch/db.sock)',
  ],
  ...['', '0', '999999', '999kbit', '401gbit', '1gbps', '1tbit', '-1', 'fast', '1_gbit', 'off', '1e9'].map(
    (rate): [string, string] => [
      `run hosts --link-rate=${rate}`,
      `bad value for --link-rate: '${rate}' is not one (none or 1mbit to 400gbit, for example 1gbit)`,
    ],
  ),
  ...[67, 65_536].map((mtu): [string, string] => [
    `run hosts --link-mtu ${mtu}`,
    `MTU ${mtu} is not possible (min = 68, max = 65535 bytes)`,
  ]),
  ...['-1', '1s', '10001', '.5', 'x'].map((delay): [string, string] => [
    `run hosts --link-delay=${delay}`,
    `bad value for --link-delay: '${delay}' is not one (milliseconds from 0 to 10000, for example 0.5)`,
  ]),
  ...['-1', '1%', '100.1', 'x'].map((loss): [string, string] => [
    `run hosts --link-loss=${loss}`,
    `bad value for --link-loss: '${loss}' is not one (percent from 0 to 100, for example 0.1)`,
  ]),
  ['run hosts --underlay 5', "bad value for --underlay: '5' is neither (4 or 6)"],
];

/** A command line that is refused, iperf3's number for the reason, and its words. */
export const refusedCommandLines: [argv: string, number: number, message: string][] = [
  ['-c h -p 0', 26, port],
  ['-c h -p 65536', 26, port],
  ['-c h -p x', 26, port],
  ['-s -p -1', 26, port],
  ['-c h --cport 0', 26, port],
  ['-c h --cport 65536', 26, port],
  ['-s --cport 0', 26, port],
  ['-c h -f q', 24, format],
  ['-s -f b', 24, format],
  ['-c h -J -f q', 24, format],
  ['-c h -i 0.05', 9, interval],
  ['-c h -i 60.1', 9, interval],
  ['-c h -i -1', 9, interval],
  ['-c h -i nan', 9, interval],
  ['-c h -i inf', 9, interval],
  ['-c h -A 1025', 132, affinity],
  ['-c h -A -1', 132, affinity],
  ['-c h -A x', 132, affinity],
  ['-c h -A 0,1025', 132, affinity],
  ['-c h -R --rcv-timeout 99', 31, receive],
  ['-c h -R --rcv-timeout 86400001', 31, receive],
  ['-s --rcv-timeout 0', 31, receive],
  ['-c h --rcv-timeout 99', 31, receive],
  ['-c h --rcv-timeout 1000', 32, 'client receive timeout is valid only in receiving mode'],
  ['-c h --snd-timeout -1', 33, send],
  ['-s --snd-timeout 86400001', 33, send],
  ['-c h --cntl-ka=10/5/2', 36, keepalive],
  ['-c h --cntl-ka=10/5/3x', 36, keepalive],
  ['-s --cntl-ka=5/5/1', 36, keepalive],
  ['-s --server-bitrate-limit 1G/0.05', 28, window28],
  ['-s --server-bitrate-limit 1G/61', 28, window28],
  ['-s --server-bitrate-limit 1X', 38, unit('1X')],
  ['-s --idle-timeout 0', 30, idle],
  ['-s --idle-timeout 86401', 30, idle],
  ['-s --server-max-duration -1', 5, duration],
  ['-s --server-max-duration 86401', 5, duration],
  ['-s --time-skew-threshold 0', 29, skew],
  ['-s --time-skew-threshold -5', 29, skew],
  ['-s --time-skew-threshold x', 29, skew],
  ['-s --rsa-private-key-path k', 23, serverKey],
  ['-s --authorized-users-path u', 23, serverKey],
  ['-c h --username n', 22, clientKey],
  ['-c h --rsa-public-key-path k', 22, clientKey],
  ['-c h -b 1M/0', 15, burst],
  ['-c h -b 1M/1001', 15, burst],
  ['-c h -b 1M/x', 15, burst],
  ['-c h -b 1X/1', 38, unit('1X')],
  ['-c h -b x', 38, unit('x')],
  ['-c h -b -1', 38, unit('-1')],
  ['-c h --fq-rate 1P', 38, unit('1P')],
  ['-c h --pacing-timer x', 38, unit('x')],
  ['-c h --connect-timeout 5z', 38, unit('5z')],
  ['-c h --nstreams x', 38, unit('x')],
  ['-c h -n 5x', 38, unit('5x')],
  ['-c h -n -1', 38, unit('-1')],
  ['-c h -k y', 38, unit('y')],
  ['-c h -l z', 38, unit('z')],
  ['-c h -w z', 38, unit('z')],
  ['-c h -t -1', 5, duration],
  ['-c h -t 86401', 5, duration],
  ['-c h -t 5 -n 1M', 16, ends],
  ['-c h -t 5 -k 1', 16, ends],
  ['-c h -n 1M -k 1', 16, ends],
  ['-c h -l 1048577', 7, block],
  ['-c h -l -1', 7, block],
  ['-c h --sctp -l 2M', 7, block],
  ['-c h -u -l 2M', 7, block],
  ['-c h -u -l 15', 20, datagram],
  ['-c h -u -l 65508', 20, datagram],
  ['-c h -l 15 -u', 20, datagram],
  ['-c h -u -l -1', 20, datagram],
  ['-c h -P 129', 6, manyStreams],
  ['-c h -P 0', 6, fewStreams],
  ['-c h -P -1', 6, fewStreams],
  ['-c h -R --bidir', 25, both],
  ['-c h --bidir -R', 25, both],
  ['-c h -w 536870913', 8, buffer],
  ['-c h -w 1G', 8, buffer],
  ['-c h -w -1', 8, buffer],
  ['-c h -M 32768', 10, mss],
  ['-c h -M -1', 10, mss],
  ['-c h -S 256', 21, tos],
  ['-c h -S -1', 21, tos],
  ['-c h -S x', 21, tos],
  ['-c h --dscp 64', 21, tos],
  ['-c h --dscp foo', 21, tos],
  ['-c h -L 0', 127, flow],
  ['-c h -L 0x100000', 127, flow],
  ['-c h -L x', 127, flow],
  ['-c h -O -1', 12, omit],
  ['-c h -O 601', 12, omit],
  ['-c h -u -F f', 34, 'cannot transfer file using UDP'],
  ['-c h -s', 1, 'cannot be both server and client'],
  ['-s -c h', 1, 'cannot be both server and client'],
  ['', 2, 'must either be a client (-c) or server (-s)'],
  ['-p 5201 -V', 2, 'must either be a client (-c) or server (-s)'],
];
