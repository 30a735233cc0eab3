import type { GivenOption } from './cells.js';
import { type Factor, factorNamed } from './factors.js';

/** A program with iperf3's command line, and words that it always gets: `['iperf3']`. */
export type PeerCommand = readonly string[];

/** What is the network's, or done to the peer from outside. */
const NOT_OF_THE_CLIENT = new Set([
  'pin',
  'affinity',
  'port',
  'mtu',
  'offload',
  'rps',
  'image',
  'engine',
  'docker-host',
  'subnet',
  'userland-proxy',
  'ovs-db',
  'link-rate',
  'link-mtu',
  'link-delay',
  'link-loss',
  'underlay',
  'store',
  'weave-path',
  'docker-path',
  'conf',
  'cni-path',
  'latency',
]);

/** The options of a cell in iperf3's words; `without` is the first that iperf3 does not have. */
export function peerClientOptions(
  given: readonly GivenOption[],
  varied: readonly { factor: Factor; level: string }[],
): string[] | { without: string } {
  const words: string[] = [];
  for (const { factor, level } of varied) {
    const translated = factor.peerWords(level);
    if (translated === undefined) return { without: `--${factor.name} ${level}` };
    words.push(...translated);
  }
  for (const option of given) {
    const translated = translate(option);
    if (translated === undefined) return { without: option.words.join(' ') };
    words.push(...translated);
  }
  return words;
}

function translate({ name, words, iperf3 }: GivenOption): readonly string[] | undefined {
  if (NOT_OF_THE_CLIENT.has(name)) return [];
  if (name === 'ipv6') return ['-6'];
  if (name === 'send-path' || name === 'receive-path') return factorNamed(name).peerWords(words[1]!);
  return iperf3 ? words : undefined;
}
