import type { KernelFiles } from './kernel-files.js';

/** An interrupt of a network device that has fired since the machine started. */
export interface NetworkInterrupt {
  /** Its number in /proc/interrupts. */
  irq: number;
  /** As its driver calls it: `eth0-TxRx-3`, `virtio2-input.0`. */
  name: string;
  /** The device, where it is in this network namespace. */
  interface?: string | undefined;
  /** Where the kernel delivers it. */
  cores: number[];
  /** How often it fired since the machine started, on all cores. */
  count: number;
}

/** Receive packet steering of an interface in this network namespace: the cores that take in what it receives. */
export interface ReceiveSteering {
  /** Whose received packets are spread. */
  interface: string;
  /** Over which cores: those of rps_cpus. */
  cores: number[];
}

const NET = 'sys/class/net';

/**
 * Of physical devices, and of a virtual machine's. Virtual ones (veth, bridge) have none: their packets go up the stack
 * on the core that sent them, unless receive steering says otherwise.
 */
export function networkInterrupts(files: KernelFiles): NetworkInterrupt[] {
  const interfaces = files.names(NET);
  const owners = new Map<number, string>(
    interfaces.flatMap((name) => interruptsOf(files, name).map((irq): [number, string] => [irq, name])),
  );
  return (files.text('proc/interrupts') ?? '').split('\n').flatMap((line) => {
    const [, number, rest] = /^\s*(\d+):\s*(.*)$/.exec(line) ?? [];
    if (number === undefined || rest === undefined) return [];
    const words = rest.split(/\s+/);
    const columns = words.findIndex((word) => !/^\d+$/.test(word));
    const count = words.slice(0, columns).reduce((sum, word) => sum + Number(word), 0);
    const name = words.at(-1) ?? '';
    const irq = Number(number);
    // Devices may share one: `eth0, usb1`.
    const sharing = words.slice(columns).map((word) => word.replace(/,$/, ''));
    const owner = owners.get(irq) ?? interfaces.find((one) => sharing.some((word) => isNameOf(one, word)));
    // One that never fires disturbs nobody.
    if (count === 0 || (owner === undefined && !soundsLikeNetwork(name))) return [];
    return [{ irq, name, interface: owner, cores: deliveredTo(files, irq), count }];
  });
}

export function receiveSteering(files: KernelFiles): ReceiveSteering[] {
  return files.names(NET).flatMap((name) => {
    const masks = files
      .numbered(`${NET}/${name}/queues`, /^rx-(\d+)$/)
      .map((queue) => files.text(`${NET}/${name}/queues/rx-${queue}/rps_cpus`) ?? '');
    const cores = [...new Set(masks.flatMap(coresOfMask))].toSorted((one, other) => one - other);
    return cores.length === 0 ? [] : [{ interface: name, cores }];
  });
}

/** PCI lists them at the device; a virtio device is a child of the PCI one. */
function interruptsOf(files: KernelFiles, name: string): number[] {
  const device = `${NET}/${name}/device`;
  const own = files.numbered(`${device}/msi_irqs`, /^(\d+)$/);
  if (own.length > 0) return own;
  // Not by a path with `..`, which would be resolved before the link is followed.
  const bus = files.parentOfLink(device);
  return bus === undefined ? [] : files.numbered(`${bus}/msi_irqs`, /^(\d+)$/);
}

/** `eth0`, `eth0-rx-1`, `eth0:2`, `i40e-eth0-TxRx-3`; not eth01's. */
function isNameOf(interfaceName: string, interrupt: string): boolean {
  return interrupt.split(/[-:@.]/).includes(interfaceName);
}

/** Drivers that name the queue and not the interface, for where the interface is in another namespace. */
function soundsLikeNetwork(name: string): boolean {
  return /TxRx|Tx-Rx|^mlx\d_comp|^virtio\d+-(?:input|output)\.\d+$/.test(name);
}

/** The effective list is of Linux 4.15; before there was only the one asked for. */
function deliveredTo(files: KernelFiles, irq: number): number[] {
  const effective = files.cores(`proc/irq/${irq}/effective_affinity_list`) ?? [];
  return effective.length > 0 ? effective : (files.cores(`proc/irq/${irq}/smp_affinity_list`) ?? []);
}

/** `ff,00000003`: hexadecimal words of 32 cores, the highest first. */
function coresOfMask(mask: string): number[] {
  if (!/^[0-9a-f]+(?:,[0-9a-f]+)*$/.test(mask)) return [];
  return mask
    .split(',')
    .toReversed()
    .flatMap((word, index) =>
      Array.from({ length: 32 }, (_, bit) => bit)
        .filter((bit) => (Number.parseInt(word, 16) >>> bit) & 1)
        .map((bit) => 32 * index + bit),
    );
}
