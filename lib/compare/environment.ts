/** What a figure depends on beside the network: read once, before the first run. What cannot be read is absent. */
export interface Environment {
  /** Its release, as uname has it. */
  kernel: string;
  /** As Node calls it: `x64`, `arm64`. */
  architecture: string;
  /** Version of Node.js. */
  node: string;
  /** Its name and clock as the kernel shows them, all cores and those this process may use. */
  processor: { model?: string | undefined; cores: number; allowedCores: number[]; megahertz?: number | undefined };
  /** Of the whole machine. */
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
  /** Over 1, 5 and 15 minutes, before the first run. */
  loadAverage: number[];
}
