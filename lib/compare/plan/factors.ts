import { receivePaths, sendPaths } from '../../configuration/settings.js';
import { RequestError } from '../../errors.js';
import { DOCKER_PATHS } from '../../topology/options.js';

/** One thing that can be varied from cell to cell, beside the network and the program. */
export interface Factor {
  name: string;
  /** Names of the options that it takes the place of. */
  options: readonly string[];
  /** For a person who typed another level. */
  levels: string;
  /** A level as words of `vnetperf run`; undefined where it is none of this factor's. */
  words(level: string): string[] | undefined;
  /** The same for a program with iperf3's options; undefined where that has none for it. */
  peerWords(level: string): string[] | undefined;
}

/** The level that stands for leaving the option out. */
const DEFAULT = 'default';

/** Levels are separated by commas, so a list inside one is joined by this. */
const LIST_SEPARATOR = '+';

const oneOf = (words: Readonly<Record<string, readonly string[]>>) => (level: string) => {
  const found = Object.hasOwn(words, level) ? words[level] : undefined;
  return found === undefined ? undefined : [...found];
};

const numberOf = (option: string) => (level: string) => (/^\d/.test(level) ? [option, level] : undefined);

const orDefault = (words: Factor['words']) => (level: string) => (level === DEFAULT ? [] : words(level));

const list = (level: string) => level.replaceAll(LIST_SEPARATOR, ',');

function factor(
  name: string,
  options: readonly string[],
  levels: string,
  words: Factor['words'],
  peerWords: Factor['peerWords'] = words,
): Factor {
  return { name, options, levels, words, peerWords };
}

/** Of the network and of the placing, which are the same whatever program runs in it. */
const nothing = () => [];

/** Levels that are what the option itself takes. */
const CHOICES = (option: string, paths: readonly string[]) =>
  oneOf(Object.fromEntries(paths.map((path) => [path, [option, path]])));

const FACTORS: readonly Factor[] = [
  factor(
    'pin',
    ['pin', 'affinity'],
    'off, auto, or cores such as 0:1 and 0+2:1+3',
    (level) => (level === '' ? undefined : ['--pin', list(level)]),
    nothing,
  ),
  factor(
    'send-path',
    ['send-path', 'zerocopy'],
    sendPaths.join(', '),
    CHOICES('--send-path', sendPaths),
    oneOf({ copy: [], sendfile: ['-Z'] }),
  ),
  factor(
    'receive-path',
    ['receive-path', 'skip-rx-copy'],
    receivePaths.join(', '),
    CHOICES('--receive-path', receivePaths),
    oneOf({ copy: [], discard: ['--skip-rx-copy'] }),
  ),
  factor('streams', ['parallel'], 'numbers from 1 to 128', numberOf('-P')),
  factor('protocol', ['udp', 'sctp'], 'tcp, udp, sctp', oneOf({ tcp: [], udp: ['-u'], sctp: ['--sctp'] })),
  factor('length', ['length'], 'sizes such as 8K and 128K, or default', orDefault(numberOf('-l'))),
  factor(
    'congestion',
    ['congestion'],
    'names such as cubic and bbr, or default',
    orDefault((level) => (/^\w/.test(level) ? ['-C', level] : undefined)),
  ),
  factor('mtu', ['mtu'], 'bytes such as 1500 and 9000, or default', orDefault(numberOf('--mtu')), nothing),
  factor(
    'offload',
    ['offload'],
    'settings such as tso=on and tso=off+gso=off, or default',
    orDefault((level) => (level === '' ? undefined : ['--offload', list(level)])),
    nothing,
  ),
  factor(
    'link-rate',
    ['link-rate'],
    'none and rates such as 1gbit and 10gbit',
    (level) => (level === 'none' ? [] : numberOf('--link-rate')(level)),
    nothing,
  ),
  factor(
    'link-mtu',
    ['link-mtu'],
    'bytes such as 1500 and 9000, or default',
    orDefault(numberOf('--link-mtu')),
    nothing,
  ),
  factor('underlay', ['underlay'], '4, 6', CHOICES('--underlay', ['4', '6']), nothing),
  factor('docker-path', ['docker-path'], DOCKER_PATHS.join(', '), CHOICES('--docker-path', DOCKER_PATHS), nothing),
  factor('weave-path', ['weave-path'], 'fastdp, sleeve', CHOICES('--weave-path', ['fastdp', 'sleeve']), nothing),
  factor('store', ['store'], 'swarm, etcd', CHOICES('--store', ['swarm', 'etcd']), nothing),
  factor(
    'conf',
    ['conf'],
    'files of CNI configurations',
    (level) => (level === '' ? undefined : ['--conf', level]),
    nothing,
  ),
  factor(
    'direction',
    ['reverse', 'bidir'],
    'forward, reverse, bidirectional',
    oneOf({ forward: [], reverse: ['-R'], bidirectional: ['--bidir'] }),
  ),
];

/** What --vary takes. */
export const factorLevels: readonly { name: string; levels: string }[] = [
  { name: 'topology', levels: 'veth, bridge ...: the same as KIND...' },
  ...FACTORS,
];

export const factorNames: readonly string[] = factorLevels.map(({ name }) => name);

/** Throws VnetperfError ERR_FACTOR. */
export function factorNamed(name: string): Factor {
  const found = FACTORS.find((candidate) => candidate.name === name);
  if (found === undefined) {
    throw new RequestError(`there is no factor '${name}' to vary`, {
      code: 'ERR_FACTOR',
      remedy: `Choose one of: ${factorNames.join(', ')}.`,
    });
  }
  return found;
}

export interface VariedFactor {
  name: string;
  levels: readonly string[];
}

/** `pin=off,auto`. Throws VnetperfError ERR_FACTOR, ERR_LEVEL. */
export function parseVariedFactor(text: string): VariedFactor {
  const [, name, rest] = /^([^=]*)=(.*)$/s.exec(text) ?? [];
  if (name === undefined || rest === undefined || rest === '') {
    throw new RequestError(`--vary takes FACTOR=LEVEL,LEVEL, not '${text}'`, {
      code: 'ERR_FACTOR',
      remedy: `For example --vary pin=off,auto. The factors: ${factorNames.join(', ')}.`,
    });
  }
  const levels = rest.split(',');
  if (name === 'topology') return { name, levels };
  const known = factorNamed(name);
  const wrong = levels.find((level) => known.words(level) === undefined);
  if (wrong !== undefined) {
    throw new RequestError(`${name} has no level '${wrong}'`, {
      code: 'ERR_LEVEL',
      remedy: `It has ${known.levels}.`,
    });
  }
  const twice = levels.find((level, index) => levels.indexOf(level) !== index);
  if (twice !== undefined) {
    throw new RequestError(`${name}=${twice} is asked for twice`, {
      code: 'ERR_LEVEL',
      remedy: 'Name each level once: the first cell is measured twice anyway, to know the noise.',
    });
  }
  return { name, levels };
}
