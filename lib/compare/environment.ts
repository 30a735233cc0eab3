/** What a figure depends on beside the network: read once, before the first run. What cannot be read is absent. */
export interface Environment {
  kernel: string;
  architecture: string;
  node: string;
  processor: { model?: string | undefined; cores: number; allowedCores: number[]; megahertz?: number | undefined };
  memoryBytes: number;
  /** `none`, or a hypervisor or container system as far as it shows. */
  virtualization?: string | undefined;
  /** scaling_governor of each core that has one. */
  governors?: string[] | undefined;
  /** /sys/devices/system/cpu/vulnerabilities, name -> state. */
  mitigations: Record<string, string>;
  /** net.ipv4.tcp_congestion_control ... */
  sysctls: Record<string, string>;
  /** Of the programs that built or carried something: `docker engine`, `ovs-vswitchd`, `iproute2`, `iperf3`. */
  versions: Record<string, string>;
  loadAverage: number[];
}
