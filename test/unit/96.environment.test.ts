import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, hostname, tmpdir, userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Environment } from '../../lib/compare/environment.js';
import { readEnvironment } from '../../lib/platform/environment.js';

let root: string;
const searchPath = process.env.PATH;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'vnetperf-environment-'));
  // What is installed here is asked for in one test alone.
  process.env.PATH = join(root, 'bin');
});

afterEach(() => {
  process.env.PATH = searchPath;
  rmSync(root, { recursive: true });
});

/** Of a machine that has these files and no others. */
function environmentOf(files: Record<string, string>): Promise<Environment> {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), `${text}\n`);
  }
  return readEnvironment({ root });
}

function program(name: string, script: string): void {
  const path = join(root, 'bin', name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
}

const CPU = 'sys/devices/system/cpu';
const DMI = 'sys/class/dmi/id';

function armCore(number: number, part: string, implementer = '0x41'): string {
  return [
    `processor\t: ${number}`,
    'BogoMIPS\t: 50.00',
    'Features\t: fp asimd evtstrm aes',
    `CPU implementer\t: ${implementer}`,
    'CPU architecture: 8',
    'CPU variant\t: 0x3',
    `CPU part\t: ${part}`,
    'CPU revision\t: 1',
  ].join('\n');
}

describe('the environment of a server with x86 processors', () => {
  const files = {
    'proc/sys/kernel/osrelease': '6.1.0-18-amd64',
    'proc/cpuinfo': [0, 1]
      .map((core) =>
        [
          `processor\t: ${core}`,
          'vendor_id\t: AuthenticAMD',
          'model name\t: AMD EPYC 7302P   16-Core Processor',
          'cpu MHz\t\t: 1499.874',
          'flags\t\t: fpu vme de',
        ].join('\n'),
      )
      .join('\n\n'),
    'proc/meminfo': 'MemTotal:       131072000 kB\nMemFree:        1000 kB',
    'proc/loadavg': '0.25 0.50 0.75 2/300 4711',
    'proc/self/status': 'Name:\tnode\nCpus_allowed_list:\t1',
    [`${CPU}/online`]: '0-1',
    [`${CPU}/cpu0/cpufreq/scaling_governor`]: 'performance',
    [`${CPU}/cpu0/cpufreq/cpuinfo_max_freq`]: '3000000',
    [`${CPU}/cpu1/cpufreq/scaling_governor`]: 'schedutil',
    [`${CPU}/vulnerabilities/spectre_v2`]: 'Mitigation: Retpolines; IBPB: conditional',
    [`${CPU}/vulnerabilities/meltdown`]: 'Not affected',
    [`${DMI}/sys_vendor`]: 'Supermicro',
    [`${DMI}/product_name`]: 'Super Server',
    [`${DMI}/product_serial`]: 'S409876X',
    [`${DMI}/product_uuid`]: '4c4c4544-0042',
    'etc/hostname': 'beelzebub',
    'proc/sys/kernel/hostname': 'beelzebub',
    'proc/version': 'Linux version 6.1.0 (mallory@buildhost)',
    'proc/cmdline': 'root=UUID=11-22-33 ip=192.0.2.77',
    'proc/self/cgroup': '0::/user.slice/user-1000.slice/mallory.scope',
    'proc/sys/net/core/netdev_rss_key': '5e:c3:e7',
    'proc/sys/net/ipv4/tcp_rmem': '4096\t131072\t6291456',
    'proc/sys/net/ipv4/tcp_congestion_control': 'cubic',
    'proc/sys/net/core/default_qdisc': 'fq_codel',
    'proc/sys/net/bridge/bridge-nf-call-iptables': '0',
  };

  it('is what its figures depend on', async () => {
    expect(await environmentOf(files)).toMatchObject({
      kernel: '6.1.0-18-amd64',
      node: process.version,
      processor: { model: 'AMD EPYC 7302P 16-Core Processor', cores: 2, allowedCores: [1], megahertz: 3000 },
      memoryBytes: 131_072_000 * 1024,
      virtualization: 'none',
      governors: ['performance', 'schedutil'],
      mitigations: { meltdown: 'Not affected', spectre_v2: 'Mitigation: Retpolines; IBPB: conditional' },
      versions: {},
      loadAverage: [0.25, 0.5, 0.75],
    });
  });

  it('has the sysctls that this kernel has, and no others', async () => {
    expect((await environmentOf(files)).sysctls).toEqual({
      'net.bridge.bridge-nf-call-iptables': '0',
      'net.core.default_qdisc': 'fq_codel',
      'net.ipv4.tcp_congestion_control': 'cubic',
      'net.ipv4.tcp_rmem': '4096 131072 6291456',
    });
  });

  it('names neither the machine nor its users, addresses or serial numbers', async () => {
    const text = JSON.stringify(await environmentOf(files));
    for (const secret of ['beelzebub', 'mallory', 'S409876X', '4c4c4544', '192.0.2.77', 'UUID', '5e:c3', root]) {
      expect(text).not.toContain(secret);
    }
  });
});

describe('the environment of arm64', () => {
  it('has the name of a core that shows only numbers', async () => {
    const cpuinfo = [0, 1, 2, 3].map((core) => armCore(core, '0xd0c')).join('\n\n');
    const { processor, virtualization } = await environmentOf({ 'proc/cpuinfo': cpuinfo, [`${CPU}/online`]: '0-3' });
    expect(processor).toEqual({ model: 'Arm Neoverse-N1', cores: 4, allowedCores: [0, 1, 2, 3] });
    // Without a flag for it and without firmware's words it is not known.
    expect(virtualization).toBeUndefined();
  });

  it('counts the kinds of core in one processor', async () => {
    const cpuinfo = ['0xd05', '0xd05', '0xd05', '0xd05', '0xd0b', '0xd0b'].map((part, core) => armCore(core, part));
    const { processor } = await environmentOf({ 'proc/cpuinfo': cpuinfo.join('\n\n') });
    expect(processor).toMatchObject({ model: '4 x Arm Cortex-A55 + 2 x Arm Cortex-A76', cores: 6 });
  });

  it.each([
    ['of an unknown maker', armCore(0, '0xd0c', '0x7f')],
    ['that its maker has not numbered so', armCore(0, '0xfff')],
  ])('has no name for a core %s', async (_, cpuinfo) => {
    expect((await environmentOf({ 'proc/cpuinfo': cpuinfo })).processor.model).toBeUndefined();
  });

  it('knows its virtual machines by their firmware, and its computers by the lack of such words', async () => {
    const named = async (vendor: string, product: string) =>
      (await environmentOf({ [`${DMI}/sys_vendor`]: vendor, [`${DMI}/product_name`]: product })).virtualization;
    expect(await named('QEMU', 'KVM Virtual Machine')).toBe('kvm');
    expect(await named('Amazon EC2', 'c7g.large')).toBe('kvm');
    expect(await named('Amazon EC2', 'c7g.metal')).toBe('none');
    expect(await named('Huawei', 'TaiShan 200')).toBe('none');
    expect(await named('Microsoft Corporation', 'Virtual Machine')).toBe('hyper-v');
    expect(await named('Microsoft Corporation', 'Surface Laptop')).toBe('none');
  });
});

describe('virtual machines and containers', () => {
  const flagged = { 'proc/cpuinfo': 'processor\t: 0\nflags\t\t: fpu hypervisor lahf_lm' };
  const clocks = 'sys/devices/system/clocksource/clocksource0/available_clocksource';

  it.each([
    ['kvm', { ...flagged, [clocks]: 'tsc kvm-clock acpi_pm' }],
    ['hyper-v', { ...flagged, [clocks]: 'hyperv_clocksource_tsc_page acpi_pm' }],
    ['wsl', { ...flagged, 'proc/sys/kernel/osrelease': '5.15.146.1-microsoft-standard-WSL2' }],
    ['unknown hypervisor', flagged],
    ['kvm, docker container', { ...flagged, [clocks]: 'kvm-clock', '.dockerenv': '' }],
    ['podman container', { 'proc/cpuinfo': 'flags\t: fpu', 'run/.containerenv': '' }],
    ['kubernetes container', { 'proc/self/cgroup': '0::/kubepods.slice/kubepods-pod1f.slice/cri-2b.scope' }],
    ['lxc container', { 'run/systemd/container': 'lxc' }],
  ])('%s', async (expected, files) => {
    expect((await environmentOf(files as Record<string, string>)).virtualization).toBe(expected);
  });
});

describe('a machine that shows next to nothing', () => {
  it('still has an environment, without what is not known', async () => {
    const environment = await environmentOf({ 'proc/self/status': 'Name:\tnode\nCpus_allowed_list:\t0-2' });
    expect(environment).toMatchObject({ mitigations: {}, sysctls: {}, versions: {} });
    expect(environment.processor.allowedCores).toEqual([0, 1, 2]);
    expect(environment.processor.cores).toBeGreaterThan(0);
    expect(environment.memoryBytes).toBeGreaterThan(0);
    expect(environment.loadAverage).toHaveLength(3);
    expect(Object.keys(environment)).not.toContain('governors');
    expect(Object.keys(environment.processor)).not.toContain('model');
  });
});

describe('versions of programs', () => {
  it('are told without what the programs say beside them', async () => {
    program('ip', 'echo "ip utility, iproute2-6.8.0, libbpf 1.3.0"');
    program('iperf3', 'echo "iperf 3.16 (cJSON 1.7.15)"; echo "Linux beelzebub 6.1.0 #1 SMP x86_64"');
    program('docker', 'test "$*" = "version --format {{.Server.Version}}" && echo 28.2.2');
    program('ovs-vswitchd', 'echo "ovs-vswitchd (Open vSwitch) 3.3.0"');
    program('ethtool', 'echo "ethtool version 6.7"');
    program('podman', 'echo "podman version 5.0.0-dev"');
    expect((await environmentOf({})).versions).toEqual({
      'docker engine': '28.2.2',
      ethtool: '6.7',
      iperf3: '3.16',
      iproute2: '6.8.0',
      'ovs-vswitchd': '3.3.0',
      podman: '5.0.0-dev',
    });
  });

  it('are absent where a program fails or says something else', async () => {
    program('docker', 'echo "Cannot connect to the Docker daemon" >&2; exit 1');
    program('ethtool', 'echo nonsense');
    expect((await environmentOf({})).versions).toEqual({});
  });

  it('are not waited for longer than two seconds', async () => {
    program('docker', 'exec /bin/sleep 20');
    const start = performance.now();
    expect((await environmentOf({})).versions).toEqual({});
    expect(performance.now() - start).toBeLessThan(4000);
  });
});

describe('the environment of this machine', () => {
  it('is read in a moment, and could be shown to anybody', async () => {
    process.env.PATH = searchPath;
    const start = performance.now();
    const environment = await readEnvironment();
    // Ten times what it takes, for other tests run beside this one.
    expect(performance.now() - start).toBeLessThan(3000);
    expect(environment.processor.allowedCores.length).toBeGreaterThan(0);
    expect(environment.processor.cores).toBeGreaterThanOrEqual(environment.processor.allowedCores.length);
    expect(environment.sysctls['net.ipv4.tcp_congestion_control']).toMatch(/^\w+$/);
    for (const version of Object.values(environment.versions)) expect(version).toMatch(/^\d[\w.+~-]*$/);
    // Among words of their own kind: a short name may be part of one.
    const words = JSON.stringify(environment).split(/[^\w.-]+/);
    expect(words).not.toContain(hostname());
    expect(words).not.toContain(userInfo().username);
    expect(JSON.stringify(environment)).not.toContain(homedir());
    expect(JSON.stringify(environment)).not.toContain(process.cwd());
  });
});
