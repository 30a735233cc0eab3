import { DEFAULT_PORT } from '../../configuration/default-port.js';
import { RequestError } from '../../errors.js';
import { addresses } from '../addresses.js';
import { configuredMtu, type NetworkConfiguration, readConfiguration } from '../cni/configuration.js';
import { findPlugins, pluginDirectories } from '../cni/find-plugin.js';
import { learnNetwork } from '../cni/learn.js';
import { containerCalls, knowsCheck } from '../cni/plugin-steps.js';
import { CONTAINER_INTERFACE, HOST, PROGRAMS, scriptStep } from '../cni/run-plugin.js';
import { addressSteps } from '../endpoint-steps.js';
import type { TopologyKind } from '../kind.js';
import { ETHERNET_MTU } from '../mtu.js';
import { inside, type PlannedEnd, type Step } from '../plan.js';

const SUMMARY = 'two containers on whatever network CNI plugins make of a configuration';
const CLIENT = 'client';
const SERVER = 'server';
const CARD = 'eth0';
/** Apart from the subnets of every other part of a lab. */
const LAN_SUBNET = 40;

/** The plugins are called as a container runtime calls them, in a namespace that they take for the host's. */
export const cni: TopologyKind = {
  name: 'cni',
  summary: SUMMARY,
  needs: { commands: ['ip', ...PROGRAMS], modules: ['veth'] },
  mtu: ({ cniConf }) => ({ ...ETHERNET_MTU, defaultBytes: mtuOf(cniConf) ?? ETHERNET_MTU.defaultBytes }),
  takes: ['cniConf', 'cniPath', 'port'],
  rootless: true,
  plan({ cniConf, cniPath, mtuBytes, port }, identity) {
    const configuration = readConfiguration(required(cniConf));
    const directories = pluginDirectories(cniPath);
    // What a plugin chooses by itself is its own affair until somebody asks for something else.
    const asked = mtuBytes === (configuredMtu(configuration) ?? ETHERNET_MTU.defaultBytes) ? undefined : mtuBytes;
    const list = {
      configuration,
      programs: findPlugins(configuration, directories),
      searchPath: directories.join(':'),
      mtuBytes: asked,
    };
    const published = publishedPort(port ?? DEFAULT_PORT);
    const containers = [
      { name: CLIENT, offered: {} },
      { name: SERVER, offered: { portMappings: published } },
    ].map((container) => containerCalls(list, container, identity));
    const checked = knowsCheck(configuration) && !configuration.disableCheck;
    const end = (namespace: string): PlannedEnd => {
      return { namespace, interface: CONTAINER_INTERFACE, ipv4: undefined, ipv6: undefined };
    };
    return {
      kind: 'cni',
      summary: SUMMARY,
      namespaces: [CLIENT, SERVER, HOST],
      steps: [
        ...cardSteps(Math.max(ETHERNET_MTU.defaultBytes, mtuBytes)),
        scriptStep,
        ...containers.flatMap(({ add }) => add),
        ...(checked ? containers.flatMap(({ check }) => check) : []),
      ],
      client: end(CLIENT),
      server: end(SERVER),
      morePairs: [],
      path: [CLIENT, SERVER].map((namespace) => ({ namespace, interface: CONTAINER_INTERFACE, mtuBytes: asked })),
      via: [configuration.name],
      mtuBytes,
      serverReachesClient: true,
      carriers: [],
      remarks: [listRemark(configuration), ...checkRemarks(configuration)],
    };
  },
  learn: learnNetwork,
};

function required(path: string | undefined): string {
  if (path !== undefined) return path;
  throw new RequestError('cni needs the configuration of a network', {
    code: 'ERR_OPTION',
    remedy: 'Give one, for example: vnetperf run cni --conf /etc/cni/net.d/10-net.conflist',
  });
}

/** Of a file that cannot be read the plan says why. */
function mtuOf(path: string | undefined): number | undefined {
  try {
    return path === undefined ? undefined : configuredMtu(readConfiguration(path));
  } catch {
    return undefined;
  }
}

/** What macvlan, vlan and the like are put on, by its name or because the default route leads there. */
function cardSteps(mtuBytes: number): Step[] {
  const own = { ...addresses(LAN_SUBNET, 1), namespace: HOST, interface: CARD };
  return [
    // A card needs a cable to have carrier; nobody is at its other end.
    inside(HOST, `ip link add ${CARD} mtu ${mtuBytes} type veth peer name uplink0 mtu ${mtuBytes}`),
    inside(HOST, 'ip link set uplink0 up'),
    inside(HOST, `ip link set ${CARD} up`),
    ...addressSteps({ ...own, ipv6: undefined }),
    inside(HOST, `ip route add default via ${addresses(LAN_SUBNET, 254).ipv4} dev ${CARD}`),
  ];
}

/** The server's own, as a runtime gives it to a plugin that declares the capability portMappings. */
function publishedPort(port: number) {
  return ['tcp', 'udp'].map((protocol) => ({ hostPort: port, containerPort: port, protocol }));
}

function listRemark({ name, cniVersion, plugins }: NetworkConfiguration): string {
  return `${name}: ${plugins.map(({ type }) => type).join(', ')} (CNI ${cniVersion})`;
}

function checkRemarks(configuration: NetworkConfiguration): string[] {
  if (!knowsCheck(configuration)) return [`no CHECK in CNI ${configuration.cniVersion}`];
  return configuration.disableCheck ? ['CHECK disabled by the configuration'] : [];
}
