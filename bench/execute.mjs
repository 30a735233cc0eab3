import { setTimeout as sleep } from 'node:timers/promises';
import { otherProcesses } from '../build-modules/compare/measuring/other-processes.js';
import { MachineShares } from '../build-modules/compare/peer/machine-shares.js';
import { PeerProcess } from '../build-modules/compare/peer/peer-process.js';
import { runCommand } from '../build-modules/platform/run-command.js';
import { topology } from '../build-modules/topology/topology.js';

const PORT = 5201;
const READY_DEADLINE_MS = 10_000;
/** Starting, connecting, and what is still under way at the end. */
const BESIDE_THE_TEST_MS = 30_000;
const LEAVE_DEADLINE_MS = 5_000;
const GLANCE_MS = 10;

/**
 * One run of one cell for runComparison(): a network of its own, the cell's program at both ends, and what it reported
 * as a measurement.
 */
export async function executeProgram({ request }, signal) {
  const network = await topology(request.network);
  try {
    await useCongestion(network, request.defaultCongestion);
    return await runProgram(network, request, signal);
  } finally {
    await network.close();
  }
}

/** What sockets of these namespaces begin with. */
export async function useCongestion(network, name) {
  for (const { namespace } of [network.client, network.server]) {
    const write = `echo ${name} >/proc/sys/net/ipv4/tcp_congestion_control`;
    await runCommand(['nsenter', '--net=/proc/self/fd/3', 'sh', '-c', write], { descriptors: [namespace.fd] });
  }
}

/**
 * The same on a network that stands.
 * @public For the tests, which import it by a path that is put together.
 */
export async function runProgram(network, request, signal) {
  const { program } = request;
  const run = { ...request, port: PORT, address: network.server.ipv4 };
  const server = new PeerProcess({ ...program.server(run), namespace: network.server.namespace });
  let client;
  try {
    await until(() => {
      if (server.hasEnded) throw new Error(`the server of ${program.name} ended: ${server.complaint}`);
      return server.pid !== undefined && program.isReady(server, run);
    }, `the server of ${program.name} was not ready`);
    const shares = new MachineShares(network.carriers);
    client = new PeerProcess({ ...program.client(run), namespace: network.client.namespace });
    await endedInTime(client, (run.seconds + run.omit) * 1000 + BESIDE_THE_TEST_MS, signal);
    const told = shares.untilNow();
    if (!client.succeeded && client.stdout === '') throw new Error(`${program.name} failed: ${client.complaint}`);
    // Some servers tell what arrived only as they leave.
    await Promise.race([server.ended, sleep(LEAVE_DEADLINE_MS, undefined, { ref: false })]);
    const measured = { ...program.measurement({ client, server, run }), ...told };
    return { ...measured, warnings: [...measured.warnings, ...coreWarnings(measured, run)] };
  } finally {
    await client?.end();
    await server.end();
  }
}

async function until(isSo, complaint) {
  const deadline = performance.now() + READY_DEADLINE_MS;
  while (!isSo()) {
    if (performance.now() > deadline) throw new Error(`${complaint} within ${READY_DEADLINE_MS / 1000} s`);
    await sleep(GLANCE_MS);
  }
}

async function endedInTime(client, milliseconds, signal) {
  const over = AbortSignal.any([signal, AbortSignal.timeout(milliseconds)]);
  // One that was aborted before says so no more.
  if (!over.aborted) {
    const aborted = new Promise((resolve) => over.addEventListener('abort', resolve, { once: true }));
    await Promise.race([client.ended, aborted]);
  }
  if (!client.hasEnded) throw new Error(signal.aborted ? 'interrupted' : 'the test was not over in time');
}

/** Only where all that the two programs used is known. */
function coreWarnings(measured, { omit }) {
  const told = measured.streams.every(({ cpu, bytesByCore }) => cpu !== undefined && bytesByCore.length > 0);
  return told ? otherProcesses(measured, omit) : [];
}
