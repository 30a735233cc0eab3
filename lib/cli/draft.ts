import type { OutputConfiguration } from '../configuration/configuration.js';
import type { Pin } from '../configuration/cores.js';
import type { ClientRequest } from '../configuration/resolve-client.js';
import type { CommonRequest } from '../configuration/resolve-common.js';
import type { ServerRequest } from '../configuration/resolve-server.js';
import type { TestSettings } from '../configuration/settings.js';
import type { TopologyOptions } from '../topology/options.js';
import type { OutcomeFiles } from './outcome/outcome-options.js';

/** What was asked beside iperf3's options. undefined = not asked. */
export interface OwnOptions extends OutcomeFiles {
  pin?: Pin | undefined;
  /** Only with both ends in this process. */
  latency?: boolean | undefined;
  /** What each direction has to reach. */
  failBelowBitsPerSecond?: number | undefined;
}

/** What is asked of a network that is to be built. */
export type NetworkRequest = Omit<TopologyOptions, 'port'>;

/** What only `vnetperf run` is asked. */
export interface RunOptions extends NetworkRequest {
  dryRun: boolean;
  ipv6: boolean;
}

/** The command line as far as it has been read. Each option writes its own field and no other. */
export interface Draft {
  command: 'iperf3' | 'run' | 'between';
  role: 'client' | 'server' | undefined;
  /** As given to -c, with any `%dev`. */
  host: string;
  operands: string[];
  common: CommonRequest;
  output: Partial<OutputConfiguration>;
  json: { whole: boolean; stream: boolean };
  settings: Partial<TestSettings>;
  client: Omit<Partial<ClientRequest>, keyof CommonRequest | 'settings' | 'host'>;
  server: Omit<Partial<ServerRequest>, keyof CommonRequest>;
  usePkcs1Padding: boolean;
  /** --pin as given: what it means depends on the side, which may be named later. */
  pinText?: string | undefined;
  own: OwnOptions;
  /** --gso or --gro, the first that was given. --gsro, which is iperf3's, does nothing with TCP as it does there. */
  offloadOption?: string | undefined;
  /** --receive-path discard in these words: iperf3's --skip-rx-copy is taken with every protocol, as there. */
  asksForDiscard?: boolean | undefined;
  run: RunOptions;
  /** An option was seen that the other side refuses. */
  sawClientOnly: boolean;
  sawServerOnly: boolean;
  /** Lines that iperf3 prints on standard output while it reads its options. */
  notices: string[];
}

export function emptyDraft(command: Draft['command']): Draft {
  return {
    command,
    role: command === 'iperf3' ? undefined : 'client',
    host: '',
    operands: [],
    common: {},
    output: {},
    json: { whole: false, stream: false },
    settings: {},
    client: {},
    server: {},
    usePkcs1Padding: false,
    own: {},
    run: { dryRun: false, ipv6: false },
    sawClientOnly: false,
    sawServerOnly: false,
    notices: [],
  };
}
