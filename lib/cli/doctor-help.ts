import { programName } from './usage-error.js';

/** What `vnetperf doctor --help` prints. */
export function doctorHelpText(): string {
  return `Usage: ${programName} doctor KIND [options]    build what 'run KIND' would, look at it, remove it
       ${programName} doctor A B [options]     look at what lies between two places, as 'between' would
       ${programName} doctor [options]         look at this machine only

Says what a measurement would fail of or be slowed by, each with its cause and a remedy: interfaces that are
down, packets that do not cross and why, the MTU of the path and the hop where it narrows, checksums that
nobody computes, chains of the engine that are gone, busy cores and who keeps them so, congestion control,
buffers, frequency governors. A and B are docker:NAME, podman:NAME, netns:NAME, pid:N or host.
Ends with status 1 where there is an error.

Options:
  -J, --json                  as JSON
      --mtu BYTES, --ipv6, --endpoints N, --offload FEATURE=on|off[,...], --rps CORES,
      --engine docker|podman, --docker-host URL, --image NAME, --subnet CIDR,
      --userland-proxy on|off, --ovs-db DB    of the KIND, as those of run
  -h, --help                  this text`;
}
