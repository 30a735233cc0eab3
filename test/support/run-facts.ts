import type { CarrierFacts, CorePercent, StreamFacts, VnetperfFacts } from '../../lib/traffic/events.js';
import { someFacts } from './replay-json.js';

/** Facts of an invented run, for what no capture shows. */
export function core(number: number, shares: Partial<CorePercent>): CorePercent {
  const used = { user: 0, system: 0, irq: 0, softirq: 0, steal: 0, ...shares };
  const idle = 100 - used.user - used.system - used.irq - used.softirq - used.steal;
  return { core: number, ...used, idle };
}

export function streamFacts(role: StreamFacts['role'], bytesByCore: [core: number, bytes: number][]): StreamFacts {
  return {
    id: 1,
    socket: 5,
    role,
    pin: { asked: [], got: [] },
    bytesByCore: bytesByCore.map(([number, bytes]) => ({ core: number, bytes })),
    migrations: 0,
    path: 'copy',
    calls: 0,
    firstByteSeconds: 0,
    congestion: 'cubic',
    paced: false,
    socketBufferDrops: 0,
    duplicates: 0,
    cpu: { userSeconds: 0, systemSeconds: 1 },
    mssBytes: 1448,
  };
}

export function facts(change: {
  cores?: CorePercent[];
  client?: StreamFacts[];
  server?: StreamFacts[];
  carriers?: CarrierFacts[];
}): VnetperfFacts {
  const server = change.server ?? [streamFacts('receiver', [[1, 1000]])];
  return {
    ...someFacts(),
    cores: change.cores ?? [],
    carriers: change.carriers,
    streams: change.client ?? [streamFacts('sender', [[0, 1000]])],
    peer: { ...someFacts(), streams: server },
  };
}
