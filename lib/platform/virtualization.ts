import type { KernelFiles } from './kernel-files.js';

/** What firmware says about itself in a virtual machine. Only the words found here are ever passed on. */
const FIRMWARE: readonly [words: RegExp, system: string][] = [
  [/\bKVM\b/, 'kvm'],
  [/OpenStack|RHEV|oVirt|Google Compute Engine|DigitalOcean|Firecracker/i, 'kvm'],
  [/QEMU|Bochs/i, 'qemu'],
  [/VMware/i, 'vmware'],
  [/VirtualBox|innotek/i, 'virtualbox'],
  [/Microsoft Corporation.*Virtual Machine/s, 'hyper-v'],
  [/\bXen\b/i, 'xen'],
  [/Parallels/i, 'parallels'],
  [/BHYVE/i, 'bhyve'],
  [/Apple Virtualization/i, 'apple'],
  // Its machines of whole computers say so themselves.
  [/Amazon EC2(?!.*\bmetal\b)/s, 'kvm'],
];

/** Clocks that a hypervisor lends. */
const CLOCKS: readonly [words: RegExp, system: string][] = [
  [/kvm-clock/, 'kvm'],
  [/hyperv/, 'hyper-v'],
  [/\bxen\b/, 'xen'],
];

/** Container systems by the names that they give their cgroups. */
const CGROUPS: readonly [words: RegExp, system: string][] = [
  [/kubepods/, 'kubernetes'],
  [/docker/, 'docker'],
  [/libpod/, 'podman'],
  [/\/lxc/, 'lxc'],
];

/** `none`, `kvm`, `kvm, docker container`; undefined where nothing tells either way. */
export function virtualization(files: KernelFiles): string | undefined {
  const machine = hypervisor(files);
  const system = containerSystem(files);
  const words = [
    ...(machine === undefined || machine === 'none' ? [] : [machine]),
    ...(system === undefined ? [] : [`${system} container`]),
  ];
  return words.length > 0 ? words.join(', ') : machine;
}

function hypervisor(files: KernelFiles): string | undefined {
  const dmi = ['sys_vendor', 'product_name', 'bios_vendor'].map((name) => files.text(`sys/class/dmi/id/${name}`) ?? '');
  const clocks = files.text('sys/devices/system/clocksource/clocksource0/available_clocksource') ?? '';
  const named =
    // Its kernel says more than the hypervisor below it.
    (/microsoft/i.test(files.text('proc/sys/kernel/osrelease') ?? '') ? 'wsl' : undefined) ??
    firstOf(FIRMWARE, dmi.join('\n')) ??
    firstOf(CLOCKS, clocks) ??
    (files.text('sys/hypervisor/type') === 'xen' ? 'xen' : undefined) ??
    (/kvm/.test(files.text('proc/device-tree/hypervisor/compatible') ?? '') ? 'kvm' : undefined);
  if (named !== undefined) return named;
  // x86 alone has a flag for it, so only there its absence says something.
  const flags = /^flags\s*:(.*)$/m.exec(files.text('proc/cpuinfo') ?? '')?.[1];
  if (flags !== undefined) return /\bhypervisor\b/.test(flags) ? 'unknown hypervisor' : 'none';
  return dmi.some((text) => text !== '') ? 'none' : undefined;
}

function containerSystem(files: KernelFiles): string | undefined {
  if (files.text('run/.containerenv') !== undefined) return 'podman';
  const byCgroup = firstOf(CGROUPS, files.text('proc/self/cgroup') ?? '');
  if (byCgroup !== undefined) return byCgroup;
  if (files.text('.dockerenv') !== undefined) return 'docker';
  // What systemd inside a container was told by whoever started it.
  return /^[\w-]+$/.exec(files.text('run/systemd/container') ?? '')?.[0];
}

function firstOf(table: readonly [RegExp, string][], text: string): string | undefined {
  return table.find(([words]) => words.test(text))?.[1];
}
