/** What a command does, in paragraphs that are wrapped where they are printed; a line that is indented stays as it is. */
export const about: Readonly<Record<string, string>> = {
  run: `
Builds the network KIND out of namespaces of its own, runs client and server across it in this one process, prints
the client's report and removes the network.`,

  between: `
Measures from A to B, both there already, with client and server in this one process. Its threads enter the network
namespaces; nothing is installed, restarted or changed there. A and B are each one of
  docker:NAME   a running container      podman:NAME   the same
  netns:NAME    what ip netns list shows
  pid:N         the network that process N is in
  /FILE         the network namespace that this file is bound to or links to
  host          the network this program is in`,

  compare: `
Measures networks, and variations of a test, against each other, and says which is faster, by how much, and what
limited each. Every combination of KIND, levels and programs is a cell; the first one is the baseline. Cells run in
blocks of random order; one block is thrown away as a warm-up. The baseline runs twice in each block (A/A): what it
differs from itself by is no difference. For example:
  vnetperf compare bridge --vary pin=off,auto
  vnetperf compare docker-bridge ovs veth --runs 20 -t 3
  vnetperf compare veth --vary streams=1,2 --vary protocol=tcp,udp --peer iperf3

Interrupted once, it stops, prints what it has and how to go on; twice, at once.`,

  report: `
Shows what was measured. FILE is what 'vnetperf compare' wrote, or what iperf3 or 'vnetperf run' printed with -J. Each
comparison becomes a section; single tests become one section together, a cell a file, or a title (-T) where files
share it, and get no verdict, since nobody drew their order. Without a format the table and the verdict go to the
terminal. For example:
  vnetperf report compare-4821.json --html
  vnetperf report monday.json tuesday.json --csv --output - | column -s, -t`,

  doctor: `
Builds what 'run KIND' would and looks at it, or at what lies between two places as 'between' would, or at this machine
only. Says what a measurement would fail of or be slowed by, each with its cause and a remedy: interfaces that are
down, packets that do not cross and why, the MTU of the path and the hop where it narrows, checksums that nobody
computes, chains of the engine that are gone, busy cores and who keeps them so, congestion control, buffers, frequency
governors. A and B are docker:NAME, podman:NAME, netns:NAME, pid:N, host or /FILE.`,

  cpus: `
Shows the cores of this machine: which share a physical core (SMT), a cache or a NUMA node, which this process may use,
how busy they are now, and where network interrupts land; then what --pin auto would choose, and why. Needs no root.`,

  topology: `
up builds what 'run' builds, proves that it carries packets, and leaves it. Its ends are network namespaces by name,
vnetperf-NAME-client and vnetperf-NAME-server, or containers; ENDPOINT is client, server, client2 ... gc looks at this
machine's engine and switch and at those that its journals name.`,

  completion: `
Prints a script that completes commands, options and their values. It is made of the tables that options are read by.
  bash   eval "$(vnetperf completion bash)"       in ~/.bashrc
  zsh    source <(vnetperf completion zsh)        in ~/.zshrc, below compinit
  fish   vnetperf completion fish > ~/.config/fish/completions/vnetperf.fish`,
};
