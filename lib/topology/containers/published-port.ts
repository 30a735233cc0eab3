import { type CommandStep, diesWithNamespace } from '../plan.js';

/** One number for the control connection and both sorts of data; at one address of the host's, not at all of them. */
export function publishOptions(address: string, port: number): string[] {
  return ['tcp', 'udp'].flatMap((protocol) => ['--publish', `${address}:${port}:${port}/${protocol}`]);
}

/**
 * The rules that are to carry the packets are there; else the proxy, which listens there too, would carry them, and
 * nobody would be told. `iptables -S` prints them from both of the kernel's packet filters.
 */
export function natStep(engine: string, port: number, container: string): CommandStep {
  const look = (protocol: string) =>
    `iptables -t nat -S | grep -q -- '-p ${protocol} .*--dport ${port} .*-j DNAT --to-destination ${container}:${port}$'`;
  return {
    namespace: engine,
    command: ['sh', '-c', `${look('tcp')} && ${look('udp')}`],
    undo: diesWithNamespace,
    meaning: {
      code: 'ERR_NAT_RULES',
      message: `the engine made no NAT rules for port ${port}`,
      remedy: 'See whether it runs with --iptables=false; with --userland-proxy on its proxy is measured.',
    },
  };
}

/** A proxy listens there; an engine without one has its NAT rules apply to loopback addresses too. */
export function proxyStep(engine: string, port: number): CommandStep {
  return {
    namespace: engine,
    command: ['sh', '-c', `ss -Hltnp 'sport = :${port}' | grep -q docker-proxy`],
    undo: diesWithNamespace,
    meaning: {
      code: 'ERR_USERLAND_PROXY',
      message: `no docker-proxy listens on port ${port}`,
      remedy:
        'The engine runs with --userland-proxy=false: take that out of its configuration, or leave --userland-proxy out.',
    },
  };
}
