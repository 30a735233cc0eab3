import { programName } from './usage-error.js';

/** What `vnetperf topology --help` prints. */
export function topologyHelpText(): string {
  return `Usage: ${programName} topology up KIND [--name NAME] [options]   build a network that stays
       ${programName} topology ls [-J]                            which there are
       ${programName} topology exec NAME ENDPOINT -- COMMAND...   run a command at one of its ends
       ${programName} topology down NAME                          remove it
       ${programName} topology gc [options]                       remove what dead processes left

up builds what 'run' builds, proves that it carries packets, and leaves it. Its ends are network
namespaces by name, vnetperf-NAME-client and vnetperf-NAME-server, or containers. NAME is the KIND
unless given; '${programName} run --help' lists the kinds.

Options of up, as those of run:
      --name NAME             name of the network (its KIND)
      --mtu BYTES             MTU of every interface
      --ipv6                  IPv6 addresses too
      --endpoints N           pairs of ends: client, server, client2, server2 ...
      --offload FEATURE=on|off[,...]  offloads of the ends
      --rps CORES             cores that take in what the ends receive
      --engine docker|podman, --docker-host URL, --image NAME, --subnet CIDR,
      --userland-proxy on|off, --ovs-db DB    where the KIND has such a part

Option of ls:
  -J, --json                  as JSON

Options of gc, which looks at this machine's engine and switch and at those that its journals name:
      --docker-host URL       this engine too
      --engine docker|podman  whose it is (docker)
      --ovs-db DB             this switch's database too

  -h, --help                  this text`;
}
