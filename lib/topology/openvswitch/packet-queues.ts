import { ownProgram } from '../../platform/own-program.js';
import { ETHERNET_HEADER_BYTES, QUEUE_PACKETS } from '../hosts/link-rate.js';
import { type Argument, diesWithNamespace, type Step } from '../plan.js';

/**
 * A packet socket holds what net.core.rmem_default allows: some 90 full packets, a millisecond of 1 Gbit/s. On hosts of
 * its own, a switch has a core for itself and is seldom that late; here two share the cores of one machine with both
 * ends. The sysctl is the whole machine's, so the sockets themselves are given the queue of a network card. Somebody
 * else's sockets are for pidfd_getfd(2), which old kernels do not have and many containers forbid.
 */
export function deepQueuesStep(namespace: string, pidFile: Argument, mtuBytes: number): Step {
  const bytes = QUEUE_PACKETS * (mtuBytes + ETHERNET_HEADER_BYTES);
  return {
    namespace,
    command: [...ownProgram('packet-queues'), pidFile, `${bytes}`],
    undo: diesWithNamespace,
    mayFail: true,
    remark: `its packet sockets hold ${QUEUE_PACKETS} packets`,
    meaning: {
      code: 'ERR_OVS_SWITCH',
      message:
        `the packet sockets of the switch on ${namespace} hold only what the kernel gives any socket: ` +
        "near the link's rate UDP may be lost in the switch",
      remedy:
        'More is for who may trace the switch, from Linux 5.6 on: run as root, in a container with --cap-add SYS_PTRACE.',
    },
  };
}
