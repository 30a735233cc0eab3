import { LABEL, type LabIdentity } from '../lab-identity.js';
import type { CommandStep, Step } from '../plan.js';
import type { ContainerImage } from './container-image.js';
import { type ContainerEngine, engineStep } from './engine.js';
import { dialectOf } from './engine-dialect.js';

const CONTAINER_TIMEOUT_MS = 30_000;
/** `none`: not one line of a container's is kept; `json-file` would make a file for each. */
const LOG_DRIVER = 'none';

/** The first process of a PID namespace hears no signal that it does not handle, and our own handles none. */
const STOP_SIGNAL = 'KILL';

export interface PlannedContainer {
  /** The plan's word for its namespace: client, server, client2 ... */
  end: string;
  /** Options of `create`: its network, its addresses, its published ports. */
  options: readonly string[];
}

export function containerName(end: string, { short }: LabIdentity): string {
  return `vnetperf-${short}-${end}`;
}

/**
 * Makes the containers, starts them in that order, and adopts their namespaces. Made and started apart: a container
 * that could not be started is there all the same, and has to go.
 */
export function containerSteps(
  engine: ContainerEngine,
  identity: LabIdentity,
  image: ContainerImage,
  containers: readonly PlannedContainer[],
): Step[] {
  const nameOf = (end: string) => containerName(end, identity);
  const names = containers.map(({ end }) => nameOf(end));
  return [
    ...containers.map(({ end, options }): CommandStep => {
      const marks = ['--name', nameOf(end), '--label', `${LABEL}=${identity.id}`];
      // Shells, which are what most base images start, stay as long as they have a terminal.
      const terminal = image.foreign ? ['--interactive', '--tty'] : [];
      const own = [
        ...dialectOf(engine.address).createOptions,
        '--stop-signal',
        STOP_SIGNAL,
        '--log-driver',
        LOG_DRIVER,
      ];
      const words = [...marks, '--pull', 'never', ...own, ...options, ...terminal, image.name];
      return {
        namespace: null,
        command: engineStep(engine, 'container', 'create', ...words),
        undo: engineStep(engine, 'container', 'rm', '--force', '--volumes', nameOf(end)),
        timeoutMs: CONTAINER_TIMEOUT_MS,
      };
    }),
    // Removed by force, a container need not be stopped first.
    {
      namespace: null,
      command: engineStep(engine, 'container', 'start', ...names),
      undo: ['true'],
      timeoutMs: CONTAINER_TIMEOUT_MS,
    },
    ...(image.foreign ? [stillRunning(engine, image, names)] : []),
    ...containers.map(
      ({ end }): Step => ({
        type: 'adopt',
        as: end,
        from: { type: 'container', engine: engine.address, container: nameOf(end) },
      }),
    ),
  ];
}

/** SIGCONT does nothing to a process that runs, and the engine refuses to send it to one that has ended. */
function stillRunning(engine: ContainerEngine, image: ContainerImage, names: readonly string[]): CommandStep {
  return {
    namespace: null,
    command: engineStep(engine, 'container', 'kill', '--signal', 'CONT', ...names),
    undo: ['true'],
    timeoutMs: CONTAINER_TIMEOUT_MS,
    meaning: {
      code: 'ERR_IMAGE',
      message: `a container of the image ${image.name} ended as soon as it was started`,
      remedy: 'Give --image one whose own command keeps running, or leave it out.',
    },
  };
}
