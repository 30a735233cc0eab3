import type { KernelFiles } from './kernel-files.js';

/**
 * Settings of the kernel that move the figures of a test, each with what it decides. Some are the namespace's own: these
 * are this process's, which new namespaces start from or share.
 */
const SYSCTLS: Record<string, string> = {
  'kernel.numa_balancing': 'whether pages and threads are moved between nodes during a test',
  'net.bridge.bridge-nf-call-ip6tables': 'whether bridged packets go through the firewall of IPv6 too',
  'net.bridge.bridge-nf-call-iptables': 'whether bridged packets go through the firewall too',
  'net.core.busy_poll': 'how long poll() spins for packets instead of sleeping',
  'net.core.busy_read': 'how long a read spins for packets instead of sleeping',
  'net.core.default_qdisc': 'the queue of new interfaces, and with fq who paces',
  'net.core.dev_weight': 'packets a round of a device without a driver of its own, veth among them',
  'net.core.gro_normal_batch': 'how many packets go up the stack together',
  'net.core.high_order_alloc_disable': 'whether socket memory comes in large pieces',
  'net.core.netdev_budget': 'packets in one run of the receive softirq',
  'net.core.netdev_budget_usecs': 'time for one run of the receive softirq',
  'net.core.netdev_max_backlog': 'the queue between cables and bridges; what does not fit is lost',
  'net.core.optmem_max': 'memory for what zero-copy sending has under way',
  'net.core.rmem_default': 'receive buffer of a UDP socket without -w',
  'net.core.rmem_max': 'the largest receive buffer that -w can have',
  'net.core.rps_sock_flow_entries': 'whether packets are steered to the core that reads them',
  'net.core.skb_defer_max': 'how many buffers wait to be freed on the core that made them',
  'net.core.wmem_default': 'send buffer of a UDP socket without -w',
  'net.core.wmem_max': 'the largest send buffer that -w can have',
  'net.ipv4.tcp_allowed_congestion_control': 'what -C may ask for without privileges',
  'net.ipv4.tcp_autocorking': 'whether small writes wait for each other',
  'net.ipv4.tcp_congestion_control': 'the default of TCP; bbr paces every sender',
  'net.ipv4.tcp_ecn': 'whether queues may mark instead of drop',
  'net.ipv4.tcp_limit_output_bytes': 'how much of a connection may lie in queues below TCP',
  'net.ipv4.tcp_mem': 'memory of all TCP sockets together',
  'net.ipv4.tcp_moderate_rcvbuf': 'whether the receive buffer grows by itself',
  'net.ipv4.tcp_mtu_probing': 'whether a black hole of large packets is got out of',
  'net.ipv4.tcp_no_metrics_save': 'whether a test starts with what the last one to that address learned',
  'net.ipv4.tcp_notsent_lowat': 'how much may be written before it is sent',
  'net.ipv4.tcp_pacing_ca_ratio': 'pace above the measured rate, in percent',
  'net.ipv4.tcp_reordering': 'how far segments may overtake each other before they count as lost',
  'net.ipv4.tcp_rmem': 'receive buffer of TCP: least, first, most',
  'net.ipv4.tcp_sack': 'whether single segments are acknowledged',
  'net.ipv4.tcp_slow_start_after_idle': 'whether a pause shrinks the congestion window',
  'net.ipv4.tcp_timestamps': 'twelve bytes a segment for better round trip times',
  'net.ipv4.tcp_tso_win_divisor': 'the part of a window that one large segment may take',
  'net.ipv4.tcp_window_scaling': 'windows above 64 KiB',
  'net.ipv4.tcp_wmem': 'send buffer of TCP: least, first, most',
  'net.ipv4.udp_mem': 'memory of all UDP sockets together',
  'net.ipv4.udp_rmem_min': 'receive buffer that a UDP socket keeps when memory is short',
};

/** Those that this kernel has. */
export function networkSysctls(files: KernelFiles): Record<string, string> {
  return Object.fromEntries(
    Object.keys(SYSCTLS).flatMap((name) => {
      const value = files.text(`proc/sys/${name.replaceAll('.', '/')}`);
      return value === undefined ? [] : [[name, value.replaceAll(/\s+/g, ' ')]];
    }),
  );
}
