import type { AskedReceivePath, AskedSendPath, Protocol, TestSettings } from '../configuration/settings.js';
import type { ReceivePath, SendPath } from '../platform/native.js';

/** How the bytes are moved, and why, where that is not just what was asked for. */
interface ChosenPath<Path> {
  path: Path;
  reason?: string | undefined;
}

/** Of one end of a test. */
export interface ChosenPaths {
  send: ChosenPath<SendPath>;
  receive: ChosenPath<ReceivePath>;
}

/** What decides. The path between the ends does not: a page that is handed over is not copied on any. */
interface Situation {
  protocol: Protocol;
  mptcp: boolean;
  /** -F at this end. */
  file: 'regular' | 'stream' | undefined;
}

export function choosePaths(
  { protocol, mptcp, sendPath, receivePath }: TestSettings,
  file: Situation['file'],
): ChosenPaths {
  const situation = { protocol, mptcp, file };
  return { send: chooseSendPath(sendPath, situation), receive: chooseReceivePath(receivePath, situation) };
}

function chooseSendPath(asked: AskedSendPath, { protocol, mptcp, file }: Situation): ChosenPath<SendPath> {
  if (asked === 'copy') return { path: 'copy' };
  if (protocol === 'udp') return { path: 'copy', reason: 'UDP always copies' };
  if (file === 'stream') return { path: 'copy', reason: 'what -F reads is no regular file' };
  if (asked === 'sendfile') return { path: 'sendfile' };
  if (file === 'regular') return { path: 'sendfile', reason: 'the bytes come from a file' };
  // The kernel takes a file's pages for these too, though it need not spare the copy: sendfile is for who asks for it.
  if (protocol === 'sctp' || mptcp) return { path: 'copy', reason: `${nameOf(protocol)} sends by copy or sendfile` };
  if (asked !== 'auto') return { path: asked };
  // Not MSG_ZEROCOPY: within one machine the kernel copies what was sent so, at the latest where it is received.
  return { path: 'splice', reason: 'the pages are handed over, not copied' };
}

function chooseReceivePath(asked: AskedReceivePath, { protocol, mptcp, file }: Situation): ChosenPath<ReceivePath> {
  if (asked === 'copy') return { path: 'copy' };
  if (protocol === 'udp') return { path: 'copy', reason: 'UDP always copies' };
  if (file !== undefined) return { path: 'copy', reason: 'what comes is written to a file' };
  // It takes MSG_TRUNC and copies all the same; iperf3's --skip-rx-copy is no mistake there.
  if (protocol === 'sctp') return { path: 'copy', reason: 'SCTP always receives by copy' };
  if (asked === 'discard') return { path: 'discard' };
  if (mptcp) return { path: 'copy', reason: 'Multipath TCP receives by copy or discard' };
  if (asked !== 'auto') return { path: asked };
  return { path: 'discard', reason: 'the kernel drops what came, not copied' };
}

function nameOf(protocol: Protocol): string {
  return protocol === 'tcp' ? 'Multipath TCP' : protocol.toUpperCase();
}
