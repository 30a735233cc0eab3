import type { CommonConfiguration } from '../configuration/configuration.js';
import type { TestSettings } from '../configuration/settings.js';
import type { RunSpecification, RunStream } from '../platform/native.js';
import type { ChosenPaths } from './choose-paths.js';
import type { DataStream } from './client-streams.js';
import type { CarrierIdentity } from './events.js';

/** The most segments that a kernel takes in one send (UDP_MAX_SEGMENTS); of 64, until Linux 6.9, the engine finds out. */
const GSO_SEGMENTS = 128;
/** What one message holds with segmentation or coalescing: as many datagrams as fit into a UDP payload. */
const LARGEST_MESSAGE_BYTES = 65_536;
/** Of all streams together. A batch may be a client's wish, and the memory is the server's. */
const MOST_BATCH_BYTES = 256 * 1024 * 1024;

/** What the engine is asked to do for a test of these settings. */
export function runSpecification(
  role: 'client' | 'server',
  settings: TestSettings,
  configuration: CommonConfiguration,
  streams: DataStream[],
  paths: ChosenPaths,
  fileDescriptors: number[],
  carriers: readonly CarrierIdentity[] = [],
): RunSpecification {
  const cores = coresFor(role, settings, configuration);
  return {
    streams: streams.map(({ socket, identity }, index): RunStream => {
      const core = cores.length === 0 ? undefined : cores[index % cores.length];
      return {
        socket,
        sending: identity.sender,
        protocol: settings.protocol === 'udp' ? 'udp' : 'tcp',
        lengthBytes: settings.lengthBytes,
        rateBitsPerSecond: settings.rateBitsPerSecond,
        burst: Math.max(1, settings.burst),
        sendPath: paths.send.path,
        receivePath: paths.receive.path,
        cores: core === undefined ? [] : [core],
        udpCounters64Bit: settings.udpCounters64Bit,
        gsoSegments: settings.protocol === 'udp' && settings.gso ? GSO_SEGMENTS : 0,
        gro: settings.protocol === 'udp' && settings.gro,
        batch: settings.protocol === 'udp' ? batchWithin(settings, streams.length) : 0,
        repeatingPayload: settings.repeatingPayload,
        fileDescriptor: fileDescriptors[index] ?? -1,
      };
    }),
    omitSeconds: settings.omitSeconds,
    durationSeconds: settings.durationSeconds,
    endsOnTime: role === 'client',
    limitBytes: settings.bytes,
    limitBlocks: settings.blocks,
    endsOnLimit: role === 'client',
    intervalSeconds: configuration.intervalSeconds,
    watchedProcesses: carriers.map(({ pid }) => pid),
  };
}

/** As many as asked for, 0 = not asked; fewer where the buffers of all streams would not stay within bounds. */
function batchWithin({ batch, lengthBytes, gso, gro }: TestSettings, streams: number): number {
  if (batch === 0) return 0;
  const messageBytes = gso || gro ? LARGEST_MESSAGE_BYTES : Math.max(1, lengthBytes);
  return Math.max(1, Math.min(batch, Math.floor(MOST_BATCH_BYTES / (messageBytes * Math.max(1, streams)))));
}

/** A server's own cores win over those its client wishes for with `-A n,m`. */
function coresFor(
  role: 'client' | 'server',
  settings: TestSettings,
  { cores }: Pick<CommonConfiguration, 'cores'>,
): number[] {
  if (cores.length > 0 || role === 'client') return cores;
  return settings.serverAffinity === undefined ? [] : [settings.serverAffinity];
}
