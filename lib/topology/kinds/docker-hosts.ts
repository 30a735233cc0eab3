import { checkPathTakes, NAME, NEEDED_COMMANDS } from '../docker-hosts/docker-path.js';
import { headerBytes, vxlanHeaders } from '../hosts/encapsulation.js';
import { mtuAcrossHosts } from '../hosts/host-pair.js';
import type { TopologyKind } from '../kind.js';
import { type DockerPath, LINK_OPTIONS } from '../options.js';
import { dockerPaths } from './docker-hosts-paths.js';

const SUMMARY = "Docker's modes across two hosts: paths A to F";
const DEFAULT_PATH: DockerPath = 'B';
const OVERLAY_PATH: DockerPath = 'A';

/** Whatever its path, each host is one of the same pair, so that what a step costs is the difference of two paths. */
export const dockerHosts: TopologyKind = {
  name: NAME,
  summary: SUMMARY,
  needs: { commands: NEEDED_COMMANDS, modules: ['veth', 'bridge'] },
  mtu: (options) => {
    const headers = options.dockerPath === OVERLAY_PATH ? vxlanHeaders : () => [];
    return mtuAcrossHosts((family) => headerBytes(headers(family)))(options);
  },
  takes: [...LINK_OPTIONS, 'dockerPath', 'userlandProxy', 'port'],
  ipv6ByDefault: false,
  rootless: false,
  async plan(options, identity) {
    const { dockerPath: name = DEFAULT_PATH } = options;
    const path = dockerPaths[name];
    checkPathTakes(name, path, options);
    const plan = await path.plan(options, identity);
    return {
      ...plan,
      kind: NAME,
      summary: `${SUMMARY}: ${path.words}`,
      remarks: [`path ${name}: ${path.words}`, ...plan.remarks],
    };
  },
};
