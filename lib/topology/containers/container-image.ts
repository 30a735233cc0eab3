import { TopologyError } from '../../errors.js';
import { CommandError } from '../../platform/run-command.js';
import { LABEL, type LabIdentity } from '../lab-identity.js';
import { engineCommand } from '../places/container-process.js';
import type { Step } from '../plan.js';
import { askEngine, type ContainerEngine, engineStep } from './engine.js';
import { hasPauseProgram, pauseProgram } from './pause-program.js';
import { tarArchive } from './tar-archive.js';

export const IMPORT_TIMEOUT_MS = 30_000;
/** What `import --change` is told to start. */
export const IMAGE_COMMAND = 'CMD ["/pause"]';

/** What a lab's containers are made of. */
export interface ContainerImage {
  name: string;
  /** A user's own: nobody knows yet whether its command keeps running. */
  foreign: boolean;
  /** Until it is there. */
  steps: readonly Step[];
}

/**
 * The image a user names, which must be on the engine, or one of our own that holds a program that waits and nothing
 * else. Throws VnetperfError ERR_IMAGE.
 */
export async function containerImage(
  engine: ContainerEngine,
  wanted: string | undefined,
  { id, short }: LabIdentity,
): Promise<ContainerImage> {
  if (wanted !== undefined) {
    await checkPresent(engine, wanted);
    return { name: wanted, foreign: true, steps: [] };
  }
  const input = imageArchive(engine, 'Name one that keeps running with --image.');
  const name = `vnetperf:${short}`;
  const changes = [`LABEL ${LABEL}=${id}`, IMAGE_COMMAND].flatMap((change) => ['--change', change]);
  return {
    name,
    foreign: false,
    steps: [
      {
        namespace: null,
        command: engineStep(engine, 'import', ...changes, '-', name),
        input,
        timeoutMs: IMPORT_TIMEOUT_MS,
        undo: engineStep(engine, 'image', 'rm', name),
      },
    ],
  };
}

/** An archive that `import` makes an image of: a program that waits. Throws VnetperfError ERR_IMAGE. */
export function imageArchive(
  { kind, architecture }: Pick<ContainerEngine, 'kind' | 'architecture'>,
  remedy: string,
): Uint8Array {
  if (hasPauseProgram(architecture)) {
    // Not imported: all other networks would wait for it to load.
    return process.getBuiltinModule('node:zlib').gzipSync(tarArchive('pause', pauseProgram(architecture)));
  }
  throw new TopologyError(`${kind} has no image of its own for the machine ${architecture}`, {
    code: 'ERR_IMAGE',
    remedy,
  });
}

/** Nothing is pulled: how long a registry takes is not for a lab to wait for. */
async function checkPresent(engine: ContainerEngine, name: string): Promise<void> {
  try {
    await askEngine(engine, ['image', 'inspect', '--format', '{{.Id}}', '--', name]);
  } catch (cause) {
    if (!(cause instanceof CommandError)) throw cause;
    throw new TopologyError(`${engine.kind}: the engine has no image ${name}`, {
      code: 'ERR_IMAGE',
      remedy: `Get it with: ${[...engineCommand(engine.address), 'pull', name].join(' ')}`,
      cause,
    });
  }
}
