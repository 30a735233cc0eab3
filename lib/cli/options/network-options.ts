import { isIPv4 } from 'node:net';
import { parseCoreList } from '../../configuration/cores.js';
import { checkEndpoints, checkMtuBytes } from '../../configuration/limits.js';
import { leadingInteger } from '../../configuration/quantities.js';
import { VnetperfError } from '../../errors.js';
import type { OffloadSetting } from '../../topology/options.js';
import type { NetworkRequest } from '../draft.js';
import type { NetworkOptionName } from '../own-options.js';

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
  if (found === undefined) throw refused(option, `'${value}' is neither`, values.join(' or '));
  return found;
}

function refused(option: string, reason: string, allowed: string, remedy?: string): VnetperfError {
  return new VnetperfError(`bad value for ${option}: ${reason} (${allowed})`, {
    code: 'ERR_OPTION',
    remedy: remedy ?? `Give ${option} ${allowed}.`,
  });
}
