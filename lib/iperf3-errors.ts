import { RequestError, TestError, type VnetperfError } from './errors.js';
import { strerror } from './strerror.js';

/**
 * iperf3's error numbers: what they are called here and what iperf3 3.21 says. The number goes over the wire after
 * SERVER_ERROR and scripts search for the text, so both are fixed. `system`: the kernel's reason is part of the
 * sentence; `lookup`: so is the resolver's, when it was a name that could not be found.
 */
interface ErrorRow {
  code: string;
  text: string;
  appends?: 'system' | 'lookup';
}

const rows: Readonly<Record<number, ErrorRow>> = {
  0: { code: 'ERR_NONE', text: 'no error' },

  // What was asked for cannot be.
  1: { code: 'ERR_BOTH_ROLES', text: 'cannot be both server and client' },
  2: { code: 'ERR_NO_ROLE', text: 'must either be a client (-c) or server (-s)' },
  3: { code: 'ERR_SERVER_ONLY', text: 'some option you are trying to set is server only' },
  4: { code: 'ERR_CLIENT_ONLY', text: 'some option you are trying to set is client only' },
  5: { code: 'ERR_DURATION', text: 'test duration valid values are 0 to 86400 seconds' },
  6: { code: 'ERR_PARALLEL', text: 'number of parallel streams too large (maximum = 128)' },
  7: { code: 'ERR_BLOCK_SIZE', text: 'block size too large (maximum = 1048576 bytes)' },
  8: { code: 'ERR_WINDOW', text: 'socket buffer size too large (maximum = 536870912 bytes)' },
  9: { code: 'ERR_INTERVAL', text: 'invalid report interval (min = 0.1, max = 60 seconds)' },
  10: { code: 'ERR_MSS', text: 'TCP MSS too large (maximum = 32767 bytes)' },
  11: { code: 'ERR_NO_SENDFILE', text: 'this OS does not support sendfile' },
  12: { code: 'ERR_OMIT', text: 'bogus value for --omit (maximum = 600 seconds)' },
  13: { code: 'ERR_NOT_IMPLEMENTED', text: 'an option you are trying to set is not implemented yet' },
  14: { code: 'ERR_FILE', text: 'unable to open -F file', appends: 'system' },
  15: { code: 'ERR_BURST', text: 'invalid burst count (maximum = 1000)' },
  16: { code: 'ERR_END_CONDITIONS', text: 'only one test end condition (-t, -n, -k) may be specified' },
  17: { code: 'ERR_LOG_FILE', text: 'unable to open log file', appends: 'system' },
  18: { code: 'ERR_NO_SCTP', text: 'no SCTP support available' },
  19: { code: 'ERR_BIND_WITHOUT_HOST', text: '--bind must be specified to use --cport' },
  20: { code: 'ERR_UDP_BLOCK_SIZE', text: 'block size invalid (minimum = 16 bytes, maximum = 65507 bytes)' },
  21: { code: 'ERR_TOS', text: 'bad TOS value (must be between 0 and 255 inclusive)' },
  22: {
    code: 'ERR_CLIENT_AUTHENTICATION',
    text: 'you must specify a username, password, and path to a valid RSA public key',
  },
  23: {
    code: 'ERR_SERVER_AUTHENTICATION',
    text: 'you must specify a path to a valid RSA private key and a user credential file',
  },
  24: { code: 'ERR_FORMAT', text: 'bad format specifier (valid formats are in the set [kmgtKMGT])' },
  25: { code: 'ERR_DIRECTION', text: 'cannot be both reverse and bidirectional' },
  26: { code: 'ERR_PORT', text: 'port number must be between 1 and 65535 inclusive' },
  27: { code: 'ERR_BITRATE_LIMIT', text: 'total required bandwidth is larger than server limit' },
  28: { code: 'ERR_BITRATE_LIMIT_WINDOW', text: 'invalid time interval for calculating average data rate' },
  29: { code: 'ERR_TIME_SKEW', text: 'skew threshold must be a positive number' },
  30: { code: 'ERR_IDLE_TIMEOUT', text: 'idle timeout parameter is not positive or larger than allowed limit' },
  31: {
    code: 'ERR_RECEIVE_TIMEOUT',
    text: 'receive timeout value is incorrect or not in range',
    appends: 'system',
  },
  32: {
    code: 'ERR_RECEIVE_TIMEOUT_WHILE_SENDING',
    text: 'client receive timeout is valid only in receiving mode',
    appends: 'system',
  },
  33: { code: 'ERR_SEND_TIMEOUT', text: 'send timeout value is incorrect or not in range', appends: 'system' },
  34: { code: 'ERR_FILE_OVER_UDP', text: 'cannot transfer file using UDP' },
  35: { code: 'ERR_USERS_FILE', text: 'cannot access authorized users file' },
  36: {
    code: 'ERR_KEEPALIVE',
    text: 'control connection Keepalive period should be larger than the full retry period (interval * count)',
    appends: 'system',
  },
  37: {
    code: 'ERR_MAX_DURATION',
    text: "client's requested duration exceeds the server's maximum permitted limit",
  },
  38: { code: 'ERR_UNIT', text: 'invalid unit value or suffix' },
  39: { code: 'ERR_NO_SKIP_RX_COPY', text: 'this OS does not support --skip-rx-copy' },
  40: {
    code: 'ERR_DSCP',
    text:
      'bad DSCP value (numeric: 0-63 inclusive, symbolic: ' +
      'one of [af11-13, af21-23, af31-33, af41-43, cs1-7, ef, va, lowdelay, throughput, reliability])',
  },

  // The control connection.
  100: { code: 'ERR_NEW_TEST', text: 'unable to create a new test', appends: 'system' },
  101: { code: 'ERR_INIT_TEST', text: 'test initialization failed', appends: 'system' },
  102: { code: 'ERR_LISTEN', text: 'unable to start listener for connections', appends: 'lookup' },
  103: {
    code: 'ERR_CONNECT',
    text: 'unable to connect to server - server may have stopped running or use a different port, firewall issue, etc.',
    appends: 'lookup',
  },
  104: { code: 'ERR_ACCEPT', text: 'unable to accept connection from client', appends: 'lookup' },
  105: { code: 'ERR_SEND_COOKIE', text: 'unable to send cookie to server', appends: 'system' },
  106: { code: 'ERR_RECEIVE_COOKIE', text: 'unable to receive cookie at server', appends: 'system' },
  107: { code: 'ERR_CONTROL_WRITE', text: 'unable to write to the control socket', appends: 'system' },
  108: { code: 'ERR_CONTROL_READ', text: 'unable to read from the control socket', appends: 'system' },
  109: { code: 'ERR_CONTROL_CLOSED', text: 'control socket has closed unexpectedly' },
  110: {
    code: 'ERR_UNKNOWN_MESSAGE',
    text: 'received an unknown control message (ensure other side is iperf3 and not iperf)',
  },
  111: {
    code: 'ERR_SEND_MESSAGE',
    text: 'unable to send control message - port may not be available, the other side may have stopped running, etc.',
    appends: 'system',
  },
  112: {
    code: 'ERR_RECEIVE_MESSAGE',
    text: 'unable to receive control message - port may not be available, the other side may have stopped running, etc.',
    appends: 'system',
  },
  113: { code: 'ERR_SEND_PARAMETERS', text: 'unable to send parameters to server', appends: 'system' },
  114: { code: 'ERR_RECEIVE_PARAMETERS', text: 'unable to receive parameters from client', appends: 'system' },
  115: { code: 'ERR_PACKAGE_RESULTS', text: 'unable to package results', appends: 'system' },
  116: { code: 'ERR_SEND_RESULTS', text: 'unable to send results', appends: 'system' },
  117: { code: 'ERR_RECEIVE_RESULTS', text: 'unable to receive results', appends: 'system' },
  118: { code: 'ERR_SELECT', text: 'select failed', appends: 'system' },
  119: { code: 'ERR_CLIENT_TERMINATED', text: 'the client has terminated' },
  120: { code: 'ERR_SERVER_TERMINATED', text: 'the server has terminated' },
  121: { code: 'ERR_SERVER_BUSY', text: 'the server is busy running a test. try again later' },

  // The process and its sockets.
  122: { code: 'ERR_SET_NO_DELAY', text: 'unable to set TCP/SCTP NODELAY', appends: 'system' },
  123: { code: 'ERR_SET_MSS', text: 'unable to set TCP/SCTP MSS', appends: 'system' },
  124: { code: 'ERR_SET_BUFFER', text: 'unable to set socket buffer size', appends: 'system' },
  125: { code: 'ERR_SET_TOS', text: 'unable to set IP TOS', appends: 'system' },
  126: { code: 'ERR_SET_TRAFFIC_CLASS', text: 'unable to set IPv6 traffic class', appends: 'system' },
  127: { code: 'ERR_SET_FLOW_LABEL', text: 'unable to set IPv6 flow label' },
  128: { code: 'ERR_REUSE_ADDRESS', text: 'unable to reuse address on socket', appends: 'system' },
  129: { code: 'ERR_NON_BLOCKING', text: 'unable to set socket to non-blocking', appends: 'system' },
  130: { code: 'ERR_SET_WINDOW', text: 'unable to set socket window size', appends: 'system' },
  131: { code: 'ERR_PROTOCOL', text: 'protocol does not exist' },
  132: { code: 'ERR_AFFINITY', text: 'unable to set CPU affinity', appends: 'system' },
  133: { code: 'ERR_BECOME_DAEMON', text: 'unable to become a daemon', appends: 'system' },
  134: {
    code: 'ERR_SET_CONGESTION',
    text: 'unable to set TCP_CONGESTION: Supplied congestion control algorithm not supported on this host',
  },
  135: { code: 'ERR_PID_FILE', text: 'unable to write PID file', appends: 'system' },
  136: { code: 'ERR_SET_V6_ONLY', text: 'Unable to set/reset IPV6_V6ONLY', appends: 'system' },
  137: { code: 'ERR_SET_SCTP_DISABLE_FRAGMENTS', text: 'unable to set SCTP_DISABLE_FRAGMENTS', appends: 'system' },
  138: { code: 'ERR_SET_SCTP_STREAMS', text: 'unable to set SCTP_INIT num of SCTP streams', appends: 'system' },
  // iperf3 has the number but no text for it, and prints its fallback.
  139: { code: 'ERR_SET_SCTP_BINDX', text: 'int_errno=139', appends: 'system' },
  140: { code: 'ERR_SET_PACING', text: 'unable to set socket pacing', appends: 'system' },
  141: { code: 'ERR_BUFFER_TOO_SMALL', text: 'socket buffer size not set correctly' },
  142: { code: 'ERR_AUTHORIZATION', text: 'test authorization failed' },
  143: { code: 'ERR_BIND_DEVICE', text: 'Unable to bind-to-device (check perror, maybe permissions?)' },
  144: { code: 'ERR_IDLE', text: 'idle timeout for receiving data' },
  145: { code: 'ERR_SET_DONT_FRAGMENT', text: 'unable to set IP Do-Not-Fragment flag' },
  146: {
    code: 'ERR_NO_BIND_DEVICE',
    text: '<ip>%<dev> is not supported as system does not support bind to device',
  },
  147: {
    code: 'ERR_HOST_DEVICE',
    text: 'host device name (ip%<dev>) is supported (and required) only for IPv6 link-local address',
  },
  148: { code: 'ERR_SET_USER_TIMEOUT', text: 'unable to set TCP USER_TIMEOUT', appends: 'system' },
  150: { code: 'ERR_THREAD_CREATE', text: 'unable to create thread', appends: 'system' },
  151: { code: 'ERR_THREAD_CANCEL', text: 'unable to cancel thread', appends: 'system' },
  152: { code: 'ERR_THREAD_JOIN', text: 'unable to join thread', appends: 'system' },
  153: { code: 'ERR_THREAD_ATTRIBUTES', text: 'unable to create thread attributes', appends: 'system' },
  154: { code: 'ERR_THREAD_ATTRIBUTES_DESTROY', text: 'unable to destroy thread attributes' },
  155: {
    code: 'ERR_SET_KEEPALIVE',
    text: 'unable to set socket keepalive (SO_KEEPALIVE) option',
    appends: 'system',
  },
  156: {
    code: 'ERR_SET_KEEPALIVE_IDLE',
    text: 'unable to set socket keepalive TCP period (TCP_KEEPIDLE) option',
    appends: 'system',
  },
  157: {
    code: 'ERR_SET_KEEPALIVE_INTERVAL',
    text: 'unable to set/get socket keepalive TCP retry interval (TCP_KEEPINTVL) option',
    appends: 'system',
  },
  158: {
    code: 'ERR_SET_KEEPALIVE_COUNT',
    text: 'unable to set/get socket keepalive TCP number of retries (TCP_KEEPCNT) option',
    appends: 'system',
  },
  159: { code: 'ERR_SIGNAL_MASK', text: 'unable to change mask of blocked signals' },
  160: { code: 'ERR_TEST_EXPIRED', text: 'server test duration expired', appends: 'system' },

  // The data streams.
  200: { code: 'ERR_CREATE_STREAM', text: 'unable to create a new stream', appends: 'lookup' },
  201: { code: 'ERR_INIT_STREAM', text: 'unable to initialize stream', appends: 'lookup' },
  202: { code: 'ERR_STREAM_LISTEN', text: 'unable to start stream listener', appends: 'lookup' },
  203: { code: 'ERR_STREAM_CONNECT', text: 'unable to connect stream', appends: 'lookup' },
  204: { code: 'ERR_STREAM_ACCEPT', text: 'unable to accept stream connection', appends: 'system' },
  205: { code: 'ERR_STREAM_WRITE', text: 'unable to write to stream socket', appends: 'system' },
  206: { code: 'ERR_STREAM_READ', text: 'unable to read from stream socket', appends: 'system' },
  207: { code: 'ERR_STREAM_CLOSED', text: 'stream socket has closed unexpectedly' },
  208: { code: 'ERR_STREAM_ID', text: 'stream has an invalid id' },

  300: { code: 'ERR_NEW_TIMER', text: 'unable to create new timer', appends: 'system' },
  301: { code: 'ERR_UPDATE_TIMER', text: 'unable to update timer', appends: 'system' },
};

export interface Iperf3ErrorDetails {
  /** The kernel's errno; 0 or absent when no system call failed. */
  errno?: number | undefined;
  /** What the resolver said, where a name could not be found (`Name or service not known`). */
  lookup?: string | undefined;
  /** The value that was refused. Only error 38 quotes it. */
  subject?: string | undefined;
  /** Another sentence of iperf3 for the same number. */
  text?: string | undefined;
  /** What to do about it. */
  remedy?: string | undefined;
  /** Where it happened or what exactly was wrong; appended in parentheses. */
  context?: string | undefined;
  cause?: unknown;
}

/**
 * The error that iperf3 counts as `number`, in iperf3's words. With errno 0 iperf3 ends some sentences in a bare
 * `: `; that is left out here. An unknown number, from a newer peer perhaps, becomes `int_errno=N` as in iperf3.
 */
export function iperf3Error(number: number, details: Iperf3ErrorDetails = {}): VnetperfError {
  const row: ErrorRow = rows[number] ?? { code: `IPERF3_${number}`, text: `int_errno=${number}`, appends: 'system' };
  const errno = Math.abs(details.errno ?? 0);

  let message = details.text ?? row.text;
  if (details.subject !== undefined) message += `: '${details.subject}'`;
  if (row.appends === 'lookup' && details.lookup !== undefined) message += `: ${details.lookup}`;
  else if (row.appends !== undefined && errno !== 0) message += `: ${strerror(errno)}`;
  if (details.context !== undefined) message += ` (${details.context})`;

  // Below 100 stands what was asked for and cannot be; 132: a core that this process may not use.
  const IperfError = number < 100 || number === 132 ? RequestError : TestError;
  return new IperfError(message, {
    code: row.code,
    iperf3Number: number,
    errno,
    remedy: details.remedy,
    cause: details.cause,
  });
}

/** iperf3's sentence for a number that a peer sent, without a reason appended. */
export function iperf3ErrorText(number: number): string {
  return rows[number]?.text ?? `int_errno=${number}`;
}
