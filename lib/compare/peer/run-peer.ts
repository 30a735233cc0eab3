import { setTimeout as sleep } from 'node:timers/promises';
import type { ClientConfiguration } from '../../configuration/configuration.js';
import type { PinnedCores } from '../../configuration/cores.js';
import type { TestSettings } from '../../configuration/settings.js';
import { RequestError, TestError, type VnetperfError } from '../../errors.js';
import type { Network } from '../../topology/network.js';
import { interruptedError } from '../../traffic/session.js';
import type { CellRequest } from '../cell.js';
import type { Measurement, StreamMeasurement } from '../measurement.js';
import { otherProcesses } from '../measuring/other-processes.js';
import { measurementOfIperf3, reportedBlockBytes } from './iperf3-document.js';
import { isListening } from './listening.js';
import { MachineShares } from './machine-shares.js';
import { PeerProcess } from './peer-process.js';

const LISTEN_TIMEOUT_MS = 5_000;
/** A server that was told to serve one test leaves when it is over. */
const LEAVE_TIMEOUT_MS = 1_000;
const GLANCE_MS = 10;

interface PeerRun {
  measured: Measurement;
  /** UDP: of a datagram; undefined where the program does not tell. */
  blockBytes: number | undefined;
}

/**
 * Runs another program's server and client at the two ends of a network, and reads what its client reports. Both are
 * gone when this returns or throws. Throws VnetperfError ERR_COMMAND_MISSING, ERR_PEER_PAIRS, ERR_PEER_FAILED,
 * ERR_IPERF3_FAILED, ERR_IPERF3_DOCUMENT, and what interruptedError() makes of the signal's reason.
 */
export async function runPeer(
  network: Network,
  { host, port, settings }: Pick<ClientConfiguration, 'host' | 'port' | 'settings'>,
  { command, clientOptions }: NonNullable<CellRequest['peer']>,
  { pin, signal }: { pin: PinnedCores; signal: AbortSignal },
): Promise<PeerRun> {
  const name = command.join(' ');
  if (network.pairs.length > 1) throw severalPairs(name, network.pairs.length);
  const serverPort = network.target.serverPort ?? port;
  const server = new PeerProcess({
    argv: [...command, '-s', '-1', '-p', `${serverPort}`],
    namespace: network.server.namespace,
    cores: pin.server,
  });
  let client: PeerProcess | undefined;
  try {
    await whenListening(server, serverPort, name, signal);
    const shares = new MachineShares(network.carriers);
    client = new PeerProcess({
      argv: [...command, '-c', host, '-p', `${port}`, '-J', ...clientOptions],
      namespace: network.client.namespace,
      cores: pin.client,
    });
    await endedOrAborted(client, signal);
    const told = shares.untilNow();
    const document = documentOf(client, server, name);
    const reported = measurementOfIperf3(document);
    const measured = { ...reported, ...told, streams: reported.streams.map((stream) => onItsCore(stream, pin)) };
    const warnings = [...measured.warnings, ...omitWarning(settings.omitSeconds), ...coreWarnings(measured, settings)];
    return { measured: { ...measured, warnings }, blockBytes: reportedBlockBytes(document) };
  } finally {
    await client?.end();
    const patienceMs = client?.succeeded === true ? LEAVE_TIMEOUT_MS : 0;
    await Promise.race([server.ended, sleep(patienceMs, undefined, { ref: false })]);
    await server.end();
  }
}

async function whenListening(server: PeerProcess, port: number, name: string, signal: AbortSignal): Promise<void> {
  const deadline = performance.now() + LISTEN_TIMEOUT_MS;
  for (;;) {
    if (signal.aborted) throw interruptedError('client', signal.reason);
    if (server.hasEnded) throw peerFailed(name, 'server', 'ended before it listened', server.complaint);
    if (server.pid !== undefined && isListening(server.pid, port)) return;
    if (performance.now() > deadline) {
      throw new TestError(`${name} -s did not listen on port ${port} within ${LISTEN_TIMEOUT_MS / 1000} s`, {
        code: 'ERR_PEER_FAILED',
        remedy: "Name a program that has iperf3's command line.",
      });
    }
    await sleep(GLANCE_MS);
  }
}

async function endedOrAborted(client: PeerProcess, signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve) => {
    const finish = () => {
      signal.removeEventListener('abort', finish);
      resolve();
    };
    signal.addEventListener('abort', finish);
    if (signal.aborted) finish();
    client.ended.then(finish);
  });
  if (signal.aborted) throw interruptedError('client', signal.reason);
}

/** A program that was started on a single core has moved all its bytes there. */
function onItsCore(stream: StreamMeasurement, pin: PinnedCores): StreamMeasurement {
  const asked = pin[stream.end];
  const [core] = asked;
  if (core === undefined || asked.length > 1) return stream;
  return { ...stream, bytesByCore: [{ core, bytes: stream.bytes }], migrations: 0, pin: { asked, got: [core] } };
}

/** Only where all that the two programs used is known. */
function coreWarnings(measured: Measurement, { omitSeconds }: Pick<TestSettings, 'omitSeconds'>): string[] {
  const told = measured.streams.every(({ cpu, bytesByCore }) => cpu !== undefined && bytesByCore.length > 0);
  return told ? otherProcesses(measured, omitSeconds) : [];
}

/** Some versions print lines before the document, and a failed test is a document too. */
function documentOf(client: PeerProcess, server: PeerProcess, name: string): unknown {
  const { stdout } = client;
  try {
    return JSON.parse(stdout.slice(Math.max(0, stdout.indexOf('{'))));
  } catch {
    const serverFailed = client.succeeded && server.hasEnded && !server.succeeded;
    if (serverFailed) throw peerFailed(name, 'server', 'failed', server.complaint);
    throw peerFailed(name, 'client', 'gave no report', client.complaint);
  }
}

function peerFailed(name: string, side: 'client' | 'server', what: string, said: string): VnetperfError {
  return new TestError(`${name}: its ${side} ${what}: ${said}`, {
    code: 'ERR_PEER_FAILED',
    remedy: `Give it options that ${name} --help names, or leave it out of the comparison.`,
  });
}

function severalPairs(name: string, pairs: number): VnetperfError {
  return new RequestError(`${name} runs between two ends, and there are ${pairs} pairs of them`, {
    code: 'ERR_PEER_PAIRS',
    remedy: 'Leave out --endpoints, or the peer.',
  });
}

/** Only the program itself knows when its omit period ends. */
function omitWarning(omitSeconds: number): string[] {
  return omitSeconds > 0 ? ['shares of the cores include the omit period: another program does not tell its end'] : [];
}
