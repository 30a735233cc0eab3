import { RequestError, type VnetperfError } from '../errors.js';
import type { TestSettings } from './settings.js';

/**
 * Ways of moving bytes that this test cannot have, said before a server is asked for it. iperf3 takes -Z and
 * --skip-rx-copy with every protocol, so `sendfile` and `discard` pass with UDP, where the session says that they do
 * nothing.
 *
 * @throws VnetperfError ERR_BATCH, ERR_OFFLOAD, ERR_PATH
 */
export function checkPaths(filePath: string | undefined, settings: Partial<TestSettings>): void {
  const { protocol = 'tcp', direction = 'forward', mptcp = false, batch = 0, gso = false, gro = false } = settings;
  const { sendPath = 'copy', receivePath = 'copy' } = settings;
  if (batch !== 0 && protocol !== 'udp') {
    throw new RequestError(`--batch counts datagrams, and ${protocol.toUpperCase()} has none`, {
      code: 'ERR_BATCH',
      remedy: 'Add -u, or leave out --batch.',
    });
  }
  // Both together are iperf3's --gsro too, which it takes with every protocol.
  if (gso !== gro && protocol !== 'udp') throw offloadError(gso ? '--gso' : '--gro');

  const ofTcpAlone = [
    ...(sendPath === 'splice' || sendPath === 'zerocopy' ? [`--send-path ${sendPath}`] : []),
    ...(receivePath === 'mmap' ? ['--receive-path mmap'] : []),
  ];
  if (ofTcpAlone.length > 0 && (protocol !== 'tcp' || mptcp)) {
    const asked = ofTcpAlone.join(' ');
    const other = protocol === 'tcp' ? 'Multipath TCP' : protocol.toUpperCase();
    throw new RequestError(`${asked} is for TCP; ${other} ${protocol === 'udp' ? 'always copies' : 'cannot have it'}`, {
      code: 'ERR_PATH',
      remedy: `Leave out ${asked}${protocol === 'udp' ? '; --gso, --gro and --batch are what saves time with UDP.' : '.'}`,
    });
  }

  if (filePath === undefined) return;
  if (direction !== 'reverse' && (sendPath === 'splice' || sendPath === 'zerocopy')) {
    throw new RequestError(`--send-path ${sendPath} sends what is in memory, and -F sends a file`, {
      code: 'ERR_PATH',
      remedy: 'With -F, choose --send-path sendfile.',
    });
  }
  if (direction !== 'forward' && (receivePath === 'discard' || receivePath === 'mmap')) {
    const option = receivePath === 'discard' ? '--receive-path discard (--skip-rx-copy)' : '--receive-path mmap';
    throw new RequestError(`${option} leaves nothing that -F could write to a file`, {
      code: 'ERR_PATH',
      remedy: 'With -F, receive by copy, which is the default.',
    });
  }
}

export function offloadError(option: string): VnetperfError {
  return new RequestError(`${option} is for UDP`, {
    code: 'ERR_OFFLOAD',
    remedy: `Add -u. What TCP's segmentation does is the interface's: see --offload of vnetperf run.`,
  });
}
