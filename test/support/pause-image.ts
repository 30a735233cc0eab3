import { type Architecture, hasPauseProgram, pauseProgram } from '../../lib/topology/containers/pause-program.js';
import { tarArchive } from '../../lib/topology/containers/tar-archive.js';

/** An image's file system for `docker import -`: one static binary, /pause, and nothing else. */
export function pauseImage(): Uint8Array {
  return tarArchive('pause', pauseProgram(architectureHere()));
}

function architectureHere(): Architecture {
  const name = ({ x64: 'amd64', arm64: 'arm64' } as Record<string, string>)[process.arch] ?? process.arch;
  if (!hasPauseProgram(name)) throw new Error(`there is no program of ours for ${process.arch}`);
  return name;
}
