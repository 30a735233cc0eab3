import type { EngineAddress } from '../places/place.js';

/** Where the two engines' command lines mean the same and say it differently. */
export interface EngineDialect {
  /** The words that print the machine the engine runs on, as GOARCH or as OS/GOARCH. */
  architecture: readonly string[];
  /** For `network inspect --format`: a network's name and its subnets, split by blanks. */
  subnetsFormat: string;
  /** Options of `network create`. */
  networkOptions(bridge: string, mtuBytes: number): string[];
  /** false: the engine chooses the name of a network's bridge itself. */
  namesBridge: boolean;
  /** More options of `container create`. */
  createOptions: readonly string[];
}

const DOCKER: EngineDialect = {
  architecture: ['version', '--format', '{{.Server.Arch}}'],
  subnetsFormat: '{{.Name}}{{range .IPAM.Config}} {{.Subnet}}{{end}}',
  networkOptions: (bridge, mtuBytes) => [
    ...['--opt', `com.docker.network.bridge.name=${bridge}`],
    ...['--opt', `com.docker.network.driver.mtu=${mtuBytes}`],
  ],
  namesBridge: true,
  createOptions: [],
};

const PODMAN: EngineDialect = {
  architecture: ['info', '--format', '{{.Version.OsArch}}'],
  subnetsFormat: '{{.Name}}{{range .Subnets}} {{.Subnet}}{{end}}',
  networkOptions: (_, mtuBytes) => ['--opt', `mtu=${mtuBytes}`],
  // --interface-name came with 4.5.
  namesBridge: false,
  // Its own limits are higher than many a process has, and raising them needs CAP_SYS_RESOURCE.
  createOptions: ['--ulimit', 'nofile=1024:1024', '--ulimit', 'nproc=1024:1024'],
};

export function dialectOf({ program }: EngineAddress): EngineDialect {
  return program === 'docker' ? DOCKER : PODMAN;
}
