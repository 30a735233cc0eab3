import type { TunnelHeader } from '../../topology/plan.js';
import type { HostCost, LinkDirection, LinkMeasurement, PacketOnLine } from '../link-measurement.js';
import type { DocumentFields } from './document-fields.js';

/** More are not put around one packet. */
const MOST_HEADERS = 100;
const MOST_HOPS = 1000;

/** What `vnetperf run` wrote about the link between two hosts; undefined where there was none. */
export function linkOfFacts(topology: DocumentFields | undefined): LinkMeasurement | undefined {
  const link = topology?.object('link');
  const mtuBytes = link?.number('mtuBytes');
  if (link === undefined || mtuBytes === undefined) return undefined;
  const packet = packetOf(link.object('packet'));
  const [client, server] = (['client', 'server'] as const).map((end) => costOf(link.object('hosts')?.object(end)));
  const machine = costOf(link.object('machine'));
  const lost = link.list('lostOffloads', MOST_HOPS).map((hop) => ({
    namespace: hop.text('namespace') ?? '',
    interface: hop.text('interface') ?? '',
    features: (['TSO', 'checksums'] as const).filter((feature) => hop.texts('features', 2).includes(feature)),
  }));
  return {
    ...known(link, ['rateBitsPerSecond', 'delayMs', 'lossPercent', 'carriesBitsPerSecond']),
    mtuBytes,
    underlayFamily: link.number('underlayFamily') === 6 ? 6 : 4,
    headers: headersOf(link, 'headers'),
    ...(packet === undefined ? {} : { packet }),
    directions: link.list('directions', 2).map(directionOf),
    ...(link.has('lostOffloads') ? { lostOffloads: lost } : {}),
    packetsTakenApart: link.boolean('packetsTakenApart') ?? false,
    ...(client === undefined || server === undefined ? {} : { hosts: { client, server } }),
    ...(machine === undefined ? {} : { machine }),
  };
}

function packetOf(fields: DocumentFields | undefined): PacketOnLine | undefined {
  const { payloadBytes, lineBytes } = fields === undefined ? {} : known(fields, ['payloadBytes', 'lineBytes']);
  if (fields === undefined || payloadBytes === undefined || lineBytes === undefined || lineBytes <= 0) return undefined;
  return { payloadBytes, lineBytes, packets: fields.number('packets') ?? 1, parts: headersOf(fields, 'parts') };
}

function headersOf(fields: DocumentFields, name: string): TunnelHeader[] {
  return fields
    .list(name, MOST_HEADERS)
    .map((header) => ({ name: header.text('name') ?? '', bytes: header.neededNumber('bytes') }));
}

function directionOf(fields: DocumentFields): LinkDirection {
  return {
    from: fields.text('from') === 'server' ? 'server' : 'client',
    ...known(fields, [
      'reachedPercent',
      'packets',
      'bytes',
      'packetsPerGigabyte',
      'meanPacketBytes',
      'segmentsPerPacket',
    ]),
  };
}

function costOf(fields: DocumentFields | undefined): HostCost | undefined {
  if (fields === undefined) return undefined;
  return {
    cpuSecondsPerGigabyte: fields.neededNumber('cpuSecondsPerGigabyte'),
    softirqSecondsPerGigabyte: fields.neededNumber('softirqSecondsPerGigabyte'),
    ...known(fields, ['carrierSecondsPerGigabyte']),
  };
}

/** Those of these numbers that there are. */
function known<const Name extends string>(
  fields: DocumentFields,
  names: readonly Name[],
): Partial<Record<Name, number>> {
  const found = names.flatMap((name) => {
    const value = fields.number(name);
    return value === undefined ? [] : [[name, value]];
  });
  return Object.fromEntries(found) as Partial<Record<Name, number>>;
}
