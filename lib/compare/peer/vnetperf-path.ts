import type { Hop } from '../../topology/read-hops.js';
import type { MeasuredPath } from '../measurement.js';
import type { DocumentFields } from './document-fields.js';

const MOST_HOPS = 1000;

/** What `vnetperf run` and `between` wrote about the network; undefined where the report is of two plain ends. */
export function pathOfFacts(topology: DocumentFields | undefined): MeasuredPath | undefined {
  const path = topology?.object('path');
  const pathMtuBytes = path?.number('pathMtuBytes');
  if (topology === undefined || path === undefined || pathMtuBytes === undefined) return undefined;
  const kind = topology.text('kind') ?? 'network';
  const ends = `client ${path.text('clientAddress') ?? '?'}, server ${path.text('serverAddress') ?? '?'}`;
  return {
    kind,
    description: `${kind}: ${ends}`,
    pathMtuBytes,
    hops: path.list('hops', MOST_HOPS).map(hop),
    remarks: [],
  };
}

function hop(fields: DocumentFields): Hop {
  const offloads = fields.object('offloads');
  return {
    namespace: fields.text('namespace') ?? '',
    interface: fields.text('interface') ?? '',
    kind: fields.text('kind') ?? '',
    mtuBytes: fields.neededNumber('mtuBytes'),
    qdisc: fields.text('qdisc') ?? '',
    master: fields.text('master'),
    ...(offloads === undefined
      ? {}
      : {
          offloads: {
            tso: offloads.boolean('tso'),
            gso: offloads.boolean('gso'),
            gro: offloads.boolean('gro'),
            txChecksum: offloads.boolean('txChecksum'),
          },
        }),
  };
}
