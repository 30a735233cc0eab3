import { type Architecture, hasPauseProgram, pauseProgram } from '../../lib/topology/containers/pause-program.js';
import { tarArchive } from '../../lib/topology/containers/tar-archive.js';

/** An image's file system for `docker import -`: one static binary, /pause, and nothing else. */
export function pauseImage(): Uint8Array {
  return tarArchive('pause', pauseProgram(architectureHere()));
}

/** The same with a program that ends with a status of its own as soon as it is started. */
export function exitImage(): Uint8Array {
  const program = Buffer.from(pauseProgram(architectureHere()));
  // The number of the system call: pause becomes exit (amd64), ppoll becomes exit (arm64).
  const [from, to] = process.arch === 'x64' ? ['b822000000', 'b83c000000'] : ['280980d2', 'a80b80d2'];
  const at = program.indexOf(Buffer.from(from, 'hex'));
  program.set(Buffer.from(to, 'hex'), at);
  return tarArchive('exit', program);
}

function architectureHere(): Architecture {
  const name = ({ x64: 'amd64', arm64: 'arm64' } as Record<string, string>)[process.arch] ?? process.arch;
  if (!hasPauseProgram(name)) throw new Error(`there is no program of ours for ${process.arch}`);
  return name;
}
