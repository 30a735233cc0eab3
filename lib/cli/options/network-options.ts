import { isIPv4 } from 'node:net';
import { parseCoreList } from '../../configuration/cores.js';
import { checkEndpoints, checkMtuBytes } from '../../configuration/limits.js';
import { leadingInteger } from '../../configuration/quantities.js';
import { VnetperfError } from '../../errors.js';
import { DOCKER_PATHS, type OffloadSetting } from '../../topology/options.js';
import type { NetworkRequest } from '../draft.js';
import type { NetworkOptionName } from '../own-options.js';

/** Below, one full packet lasts longer than an interval of a report. */
const LEAST_LINK_RATE = 1e6;
const MOST_LINK_RATE = 4e11;

/** What an option does to the wishes for a network. */
export type ApplyNetworkOption = (request: NetworkRequest, value: string | undefined) => void;

/** Which of them a KIND takes is not known here: the KIND may be named later. */
export const networkOptionActions: Record<NetworkOptionName, ApplyNetworkOption> = {
  mtu: (request, value = '') => {
    request.mtuBytes = checkMtuBytes(leadingInteger(value));
  },
  ipv6: (request) => {
    request.ipv6 = true;
  },
  endpoints: (request, value = '') => {
    request.endpoints = checkEndpoints(/^\d+$/.test(value) ? Number(value) : Number.NaN, value);
  },
  offload: (request, value = '') => {
    request.offloads = [...(request.offloads ?? []), ...value.split(',').map(offloadSetting)];
  },
  rps: (request, value = '') => {
    request.rpsCores = parseCoreList(value, (reason) =>
      refused('--rps', reason, 'cores, for example 1 or 0,2-3', 'lscpu -e lists the cores of this machine.'),
    );
  },
  subnet: (request, value = '') => {
    request.subnet = checkSubnet(value);
  },
  image: (request, value = '') => {
    if (!/^[\w][\w./:@-]*$/.test(value)) {
      throw refused('--image', `'${value}' is not the name of an image`, 'for example debian:12');
    }
    request.image = value;
  },
  engine: (request, value = '') => {
    request.engine = choice('--engine', value, ['docker', 'podman']);
  },
  'docker-host': (request, value = '') => {
    if (!/^(unix|tcp|ssh|http|https|fd):\/\/./.test(value)) {
      throw refused('--docker-host', `'${value}' is not a URL of an engine`, 'for example unix:///run/docker.sock');
    }
    request.engineHost = value;
  },
  'userland-proxy': (request, value = '') => {
    request.userlandProxy = choice('--userland-proxy', value, ['on', 'off']) === 'on';
  },
  'ovs-db': (request, value = '') => {
    if (!/^(unix|tcp|ssl):./.test(value)) {
      throw refused(
        '--ovs-db',
        `'${value}' is not an address of a switch's database`,
        'for example unix:/run/openvswitch/db.sock',
      );
    }
    request.ovsDatabase = value;
  },
  'link-rate': (request, value = '') => {
    request.linkRateBitsPerSecond = value === 'none' ? undefined : linkRate(value);
  },
  'link-mtu': (request, value = '') => {
    request.linkMtuBytes = checkMtuBytes(leadingInteger(value));
  },
  'link-delay': (request, value = '') => {
    request.linkDelayMs = decimal('--link-delay', value, 10_000, 'milliseconds from 0 to 10000, for example 0.5');
  },
  'link-loss': (request, value = '') => {
    request.linkLossPercent = decimal('--link-loss', value, 100, 'percent from 0 to 100, for example 0.1');
  },
  underlay: (request, value = '') => {
    request.underlayFamily = choice('--underlay', value, ['4', '6']) === '6' ? 6 : 4;
  },
  store: (request, value = '') => {
    request.store = choice('--store', value, ['swarm', 'etcd']);
  },
  'weave-path': (request, value = '') => {
    request.weavePath = choice('--weave-path', value, ['fastdp', 'sleeve']);
  },
  'docker-path': (request, value = '') => {
    request.dockerPath = choice('--docker-path', value.toUpperCase(), DOCKER_PATHS);
  },
  conf: (request, value = '') => {
    request.cniConf = value;
  },
  'cni-path': (request, value = '') => {
    request.cniPath = value;
  },
};

/** `tso=off`; the feature is one of ethtool's, whose list differs with the kernel. */
function offloadSetting(text: string): OffloadSetting {
  const [, feature, state] = /^([a-z][a-z0-9-]*)=(on|off)$/.exec(text) ?? [];
  if (feature === undefined) {
    const remedy = 'ethtool --show-features lists what an interface has.';
    throw refused('--offload', `'${text}' is not FEATURE=on or FEATURE=off`, 'for example tx=off,gro=on', remedy);
  }
  return { feature, on: state === 'on' };
}

/** As tc writes rates: `1gbit`, `250mbit`; K, M and G alone are iperf3's. */
function linkRate(text: string): number {
  const [, number, prefix = ''] = /^(\d+(?:\.\d+)?)([kmg]?)(?:bit)?$/i.exec(text) ?? [];
  const power = ['', 'k', 'm', 'g'].indexOf(prefix.toLowerCase());
  const bitsPerSecond = Math.round(Number(number) * 1000 ** power);
  if (bitsPerSecond >= LEAST_LINK_RATE && bitsPerSecond <= MOST_LINK_RATE) return bitsPerSecond;
  throw refused('--link-rate', `'${text}' is not one`, 'none or 1mbit to 400gbit, for example 1gbit');
}

function decimal(option: string, text: string, most: number, allowed: string): number {
  const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (!(value <= most)) throw refused(option, `'${text}' is not one`, allowed);
  return value;
}

/** A network that holds at least two ends and a gateway: /29 is the smallest. */
function checkSubnet(text: string): string {
  const example = 'an IPv4 prefix from /8 to /29, for example 198.18.7.0/24';
  const [, address = '', length] = /^([\d.]+)\/(\d{1,2})$/.exec(text) ?? [];
  const bits = Number(length);
  if (!isIPv4(address) || !(bits >= 8 && bits <= 29)) throw refused('--subnet', `'${text}' is not one`, example);
  const number = address.split('.').reduce((sum, byte) => sum * 256 + Number(byte), 0);
  const first = number - (number % 2 ** (32 - bits));
  if (first !== number) {
    const dotted = [24, 16, 8, 0].map((shift) => Math.floor(first / 2 ** shift) % 256).join('.');
    throw refused('--subnet', `${text} is an address in ${dotted}/${bits}`, example);
  }
  return text;
}

function choice<const Value extends string>(option: string, value: string, values: readonly Value[]): Value {
  const found = values.find((candidate) => candidate === value);
  if (found === undefined)
    throw refused(option, `'${value}' is ${values.length === 2 ? 'neither' : 'none of them'}`, values.join(' or '));
  return found;
}

function refused(option: string, reason: string, allowed: string, remedy?: string): VnetperfError {
  return new VnetperfError(`bad value for ${option}: ${reason} (${allowed})`, {
    code: 'ERR_OPTION',
    remedy: remedy ?? `Give ${option} ${allowed}.`,
  });
}
