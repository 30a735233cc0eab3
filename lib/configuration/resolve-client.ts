import { statSync } from 'node:fs';
import { iperf3Error } from '../iperf3-errors.js';
import { checkPaths } from './check-paths.js';
import type { ClientConfiguration, ClientCredentials } from './configuration.js';
import { splitHostDevice } from './host-device.js';
import {
  checkBatch,
  checkBurst,
  checkDurationSeconds,
  checkFlowLabel,
  checkLengthBytes,
  checkMssBytes,
  checkNotNegative,
  checkOmitSeconds,
  checkParallel,
  checkPort,
  checkTos,
  checkWindowBytes,
  checkWord,
} from './limits.js';
import { type CommonRequest, resolveCommon } from './resolve-common.js';
import {
  defaultSettings,
  directions,
  type Protocol,
  protocols,
  receivePaths,
  sendPaths,
  type TestSettings,
} from './settings.js';
import { withDefaults } from './with-defaults.js';

/** What a client may be asked to do. `host` may carry `%dev`. Everything absent takes iperf3's default. */
export interface ClientRequest extends CommonRequest {
  /** Name or address of the server. */
  host: string;
  /** What to measure. */
  settings?: Partial<TestSettings> | undefined;
  /** Deadline of the control connection, milliseconds. Default: the kernel’s. */
  connectTimeoutMs?: number | undefined;
  /** First source port of the data sockets; stream i uses clientPort + i. Default: any. */
  clientPort?: number | undefined;
  /** For a server that asks for them. */
  credentials?: Partial<ClientCredentials> | undefined;
  /** Streams of an SCTP association. */
  sctpStreams?: number | undefined;
}

/** iperf3's default for UDP is 1 Mibit/s, not 1 Mbit/s. */
const defaultUdpRateBitsPerSecond = 1024 * 1024;

const defaultLengthBytes: Readonly<Record<Protocol, number>> = {
  tcp: 131_072,
  sctp: 65_536,
  // The MSS of the control connection decides, which does not exist yet.
  udp: 0,
};

/**
 * A complete client configuration, every limit checked. `fileSizeBytes` is asked for the length of what -F sends; by
 * default the file system answers.
 *
 * @throws the iperf3 error (`iperf3Number`) of the first limit that is not kept.
 */
export function resolveClient(
  request: ClientRequest,
  fileSizeBytes: (path: string) => number | undefined = sizeOfFile,
): ClientConfiguration {
  const asked = request.settings ?? {};
  if (request.receiveTimeoutMs !== undefined && (asked.direction ?? 'forward') === 'forward') {
    throw iperf3Error(32, { remedy: 'Use --rcv-timeout together with -R or --bidir.' });
  }
  const credentials = request.credentials && resolveCredentials(request.credentials);
  checkCombination(request);

  const server = splitHostDevice(request.host);
  const common = resolveCommon(request);
  return {
    ...common,
    role: 'client',
    host: server.host,
    hostDevice: server.zone,
    bindDevice: common.bindDevice ?? server.device,
    settings: resolveSettings(request, fileSizeBytes),
    connectTimeoutMs: request.connectTimeoutMs === undefined ? undefined : checkNotNegative(request.connectTimeoutMs),
    clientPort: request.clientPort === undefined ? undefined : checkPort(request.clientPort),
    credentials,
    sctpStreams: request.sctpStreams === undefined ? undefined : checkNotNegative(request.sctpStreams),
  };
}

/** Limits on what stands together, in the order in which iperf3 finds them: -F with UDP, the block size, the end; then our own. */
export function checkCombination(request: Pick<ClientRequest, 'filePath' | 'settings'>): void {
  const { protocol = 'tcp', lengthBytes = 0, durationSeconds, bytes = 0, blocks = 0 } = request.settings ?? {};
  if (request.filePath !== undefined && protocol === 'udp') throw iperf3Error(34);
  checkLengthBytes(lengthBytes, protocol);
  const ends = [durationSeconds !== undefined, bytes !== 0, blocks !== 0];
  if (ends.filter(Boolean).length > 1) throw iperf3Error(16);
  checkPaths(request.filePath, request.settings ?? {});
}

function resolveSettings(request: ClientRequest, fileSizeBytes: (path: string) => number | undefined): TestSettings {
  const asked = request.settings ?? {};
  const settings = withDefaults(defaultSettings(), asked);
  const { protocol } = settings;
  checkWord('protocol', protocol, protocols);
  checkWord('direction', settings.direction, directions);
  checkWord('sendPath', settings.sendPath, sendPaths);
  checkWord('receivePath', settings.receivePath, receivePaths);

  settings.lengthBytes = asked.lengthBytes || defaultLengthBytes[protocol];
  settings.rateBitsPerSecond = asked.rateBitsPerSecond ?? (protocol === 'udp' ? defaultUdpRateBitsPerSecond : 0);

  // A file that this side sends is sent to its end, unless another end was asked for.
  const openEnded = asked.durationSeconds === undefined && settings.bytes === 0 && settings.blocks === 0;
  if (openEnded && request.filePath !== undefined && settings.direction !== 'reverse') {
    settings.bytes = fileSizeBytes(request.filePath) ?? 0;
  }
  if (settings.bytes !== 0 || settings.blocks !== 0) settings.durationSeconds = 0;

  checkDurationSeconds(settings.durationSeconds);
  checkOmitSeconds(settings.omitSeconds);
  checkNotNegative(settings.bytes);
  checkNotNegative(settings.blocks);
  checkParallel(settings.parallel);
  checkNotNegative(settings.rateBitsPerSecond);
  checkNotNegative(settings.fqRateBitsPerSecond);
  checkNotNegative(settings.pacingTimerMicroseconds);
  if (settings.burst !== 0) checkBurst(settings.burst);
  checkWindowBytes(settings.windowBytes);
  checkMssBytes(settings.mssBytes);
  checkTos(settings.tos);
  if (settings.batch !== 0) checkBatch(settings.batch);
  if (settings.flowLabel !== 0) checkFlowLabel(settings.flowLabel);
  return settings;
}

/** The password may come later, from the terminal; name and key may not. */
function resolveCredentials(asked: Partial<ClientCredentials>): ClientCredentials | undefined {
  const { username, password, rsaPublicKeyPath, usePkcs1Padding = false } = asked;
  // The padding alone asks for nothing.
  if (username === undefined && rsaPublicKeyPath === undefined) return undefined;
  if (!username || !rsaPublicKeyPath) throw iperf3Error(22);
  return { username, password, rsaPublicKeyPath, usePkcs1Padding };
}

/** undefined for what has no size: a pipe, a device, a file that is not there (which opening it will report). */
function sizeOfFile(path: string): number | undefined {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat?.isFile() ? stat.size : undefined;
}
