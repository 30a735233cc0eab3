import type { OpenNamespaces } from './subject.js';

export interface Neighbour {
  mac: string | undefined;
  state: string;
}

export interface Route {
  device?: string | undefined;
  gateway?: string | undefined;
  /** What the kernel said instead. */
  error?: string | undefined;
}

/** Of a VXLAN device, what decides where it sends. */
interface VxlanDetails {
  local: string | undefined;
  remote: string | undefined;
  /** Answers for all ends behind it, out of its own table of neighbours. */
  proxy: boolean;
}

interface Interface {
  namespace: string;
  interface: string;
}

interface AddressRow {
  family: string;
  local: string;
  prefixlen: number;
  scope: string;
}

interface VxlanRow {
  address?: string;
  linkinfo?: {
    info_data?: Partial<Record<'local' | 'local6' | 'remote' | 'remote6', string> & { proxy: boolean }>;
  };
}

/** Where the kernel of a namespace would send, and to whom. What cannot be read is not there. */
export class KernelTables {
  readonly #open: OpenNamespaces;

  constructor(open: OpenNamespaces) {
    this.#open = open;
  }

  async route(namespace: string, host: string): Promise<Route> {
    try {
      const { stdout } = await this.#open.run(namespace, ['ip', '-json', 'route', 'get', host]);
      const [route] = JSON.parse(stdout) as { dev?: string; gateway?: string; type?: string }[];
      if (route?.type !== undefined && route.type !== 'local') return { error: `the route says ${route.type}` };
      return { device: route?.dev, gateway: route?.gateway };
    } catch (error) {
      const { stderr } = error as { stderr?: string };
      if (stderr === undefined) return {};
      return { error: stderr.replace(/^RTNETLINK answers: /, '').replaceAll(/\s*\n\s*/g, '; ') };
    }
  }

  async neighbour(namespace: string, device: string, address: string): Promise<Neighbour | undefined> {
    const words = ['ip', '-json', 'neighbour', 'show', 'to', address, 'dev', device] as const;
    const [row] = await this.#list<{ lladdr?: string; state?: string[] }>(namespace, words);
    return row && { mac: row.lladdr, state: row.state?.join(' ') ?? '' };
  }

  async forwardingEntries(namespace: string, device: string): Promise<{ mac: string; dst?: string }[]> {
    return await this.#list(namespace, ['bridge', '-json', 'fdb', 'show', 'dev', device]);
  }

  async vxlan(namespace: string, device: string): Promise<VxlanDetails | undefined> {
    const words = ['ip', '-json', '-details', 'link', 'show', 'dev', device, 'type', 'vxlan'] as const;
    const rows = await this.#list<VxlanRow>(namespace, words);
    const data = rows.find(({ linkinfo }) => linkinfo !== undefined)?.linkinfo?.info_data;
    if (data === undefined) return undefined;
    const { local, local6, remote, remote6, proxy = false } = data;
    return { local: local ?? local6, remote: remote ?? remote6, proxy };
  }

  async hardwareAddress({ namespace, interface: device }: Interface): Promise<string | undefined> {
    const [row] = await this.#list<{ address?: string }>(namespace, ['ip', '-json', 'link', 'show', 'dev', device]);
    return row?.address;
  }

  /** The first that others may send to. */
  async address(of: Interface, family: 4 | 6): Promise<string | undefined> {
    const rows = await this.#addresses(of);
    return rows.find((row) => row.scope !== 'link' && row.family === (family === 4 ? 'inet' : 'inet6'))?.local;
  }

  async prefixLength(of: Interface, address: string): Promise<number | undefined> {
    return (await this.#addresses(of)).find(({ local }) => local === address)?.prefixlen;
  }

  /** Whether an Open vSwitch is here: its ports look as if somebody routed between them. */
  async hasSwitch(namespace: string): Promise<boolean> {
    const rows = await this.#list<{ ifname?: string }>(namespace, ['ip', '-json', 'link', 'show']);
    return rows.some(({ ifname }) => ifname === 'ovs-netdev' || ifname === 'ovs-system');
  }

  async #addresses({ namespace, interface: device }: Interface): Promise<AddressRow[]> {
    const words = ['ip', '-json', 'address', 'show', 'dev', device] as const;
    const rows = await this.#list<{ addr_info?: AddressRow[] }>(namespace, words);
    return rows.flatMap(({ addr_info }) => addr_info ?? []);
  }

  async #list<Row>(namespace: string, command: readonly [string, ...string[]]): Promise<Row[]> {
    try {
      const { stdout } = await this.#open.run(namespace, command);
      return JSON.parse(stdout.trim() || '[]') as Row[];
    } catch {
      return [];
    }
  }
}
