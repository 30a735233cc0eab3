import type { TestSettings } from '../configuration/settings.js';
import type { ChosenPaths } from './choose-paths.js';
import type { StreamIdentity, VnetperfFacts } from './events.js';

/** What was asked of this end, by name, and is not done. A sentence each. */
export function unusedPathWarnings(
  { sendPath, receivePath }: TestSettings,
  { send, receive }: ChosenPaths,
  streams: readonly StreamIdentity[],
): string[] {
  const sends = streams.some(({ sender }) => sender);
  const receives = streams.some(({ sender }) => !sender);
  const unused = (way: string, asked: string, { path, reason }: { path: string; reason?: string | undefined }) =>
    asked === 'auto' || asked === path
      ? []
      : [`${way} path ${asked} is not used here, ${path} is${reason === undefined ? '' : `: ${reason}`}`];
  return [
    ...(sends ? unused('send', sendPath, send) : []),
    ...(receives ? unused('receive', receivePath, receive) : []),
  ];
}

/**
 * What was asked of the server and is not done, or that nobody can say so. -Z alone is not asked after: every iperf3
 * keeps it. With UDP there is no choice of path to speak of.
 */
export function peerPathWarnings(
  { sendPath, receivePath, protocol, batch }: TestSettings,
  peer: VnetperfFacts['peer'],
  streams: readonly StreamIdentity[],
): string[] {
  const serverSends = streams.some(({ sender }) => !sender);
  const serverReceives = streams.some(({ sender }) => sender);
  if (peer === undefined && protocol === 'udp') {
    return batch > 0 ? ['--batch is of this side only: iperf3 has nothing like it'] : [];
  }
  if (peer === undefined && protocol === 'sctp') {
    return serverReceives && receivePath === 'discard'
      ? ['the server receives by copy, not by discard: SCTP always receives by copy']
      : [];
  }
  if (peer === undefined) {
    const nearest = sendPath === 'copy' || sendPath === 'sendfile' ? undefined : 'sendfile';
    return [
      ...(serverSends && nearest !== undefined
        ? [`the server does not say how it sent: it was asked for ${nearest}, which is all that iperf3 has beside copy`]
        : []),
      ...(serverReceives && receivePath === 'mmap'
        ? ['the server does not say how it received: iperf3 has no mmap and copies']
        : []),
      ...(serverReceives && (receivePath === 'discard' || receivePath === 'auto')
        ? ['the server does not say how it received: iperf3 discards from 3.19 on, and copies before that']
        : []),
    ];
  }
  const different = (role: 'sender' | 'receiver', asked: string) => {
    // A vnetperf that does not tell its path has none in its facts.
    const other = peer.streams.find(({ role: its, path }) => its === role && path !== '' && path !== asked);
    if (asked === 'auto' || asked === 'copy' || other === undefined) return [];
    const verb = role === 'sender' ? 'sent' : 'received';
    return [
      `the server ${verb} by ${other.path}, not by ${asked}${other.pathReason === undefined ? '' : `: ${other.pathReason}`}`,
    ];
  };
  return [
    ...(serverSends ? different('sender', sendPath) : []),
    ...(serverReceives ? different('receiver', receivePath) : []),
  ];
}
