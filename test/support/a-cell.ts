import type { CellRequest, ExecutableCell } from '../../lib/compare/cell.js';
import { resolveClient } from '../../lib/configuration/resolve-client.js';
import type { TestSettings } from '../../lib/configuration/settings.js';

/** What a cell of a test may be asked; `peer` are the client options of another program. */
interface AskedCell extends Partial<Omit<CellRequest, 'configuration' | 'peer'>> {
  settings?: Partial<TestSettings>;
  family?: 4 | 6;
  intervalSeconds?: number;
  peer?: { command: string[]; clientOptions: string[] };
}

/** A cell as the command line would make it; a second of TCP over a pair of veth unless asked otherwise. */
export function aCell({ settings, family, intervalSeconds, ...request }: AskedCell = {}): ExecutableCell {
  return {
    id: 'c1',
    name: 'the cell',
    role: 'baseline',
    levels: {},
    command: [],
    remarks: [],
    request: {
      topologyKind: 'veth',
      topologyOptions: {},
      pin: { client: [], server: [] },
      latency: false,
      ...request,
      configuration: resolveClient({
        host: '',
        family,
        intervalSeconds,
        settings: { ...(settings?.bytes === undefined ? { durationSeconds: 1 } : {}), ...settings },
      }),
    },
  };
}
