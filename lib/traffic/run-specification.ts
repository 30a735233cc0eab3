import type { CommonConfiguration } from '../configuration/configuration.js';
import type { TestSettings } from '../configuration/settings.js';
import type { RunSpecification, RunStream } from '../platform/native.js';
import type { ChosenPaths } from './choose-paths.js';
import type { DataStream } from './client-streams.js';
import type { CarrierIdentity } from './events.js';

/** The most segments that a kernel takes in one send (UDP_MAX_SEGMENTS); of 64, until Linux 6.9, the engine finds out. */
const GSO_SEGMENTS = 128;

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
        batch: settings.protocol === 'udp' ? settings.batch : 0,
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

/** A server's own cores win over those its client wishes for with `-A n,m`. */
function coresFor(
  role: 'client' | 'server',
  settings: TestSettings,
  { cores }: Pick<CommonConfiguration, 'cores'>,
): number[] {
  if (cores.length > 0 || role === 'client') return cores;
  return settings.serverAffinity === undefined ? [] : [settings.serverAffinity];
}
