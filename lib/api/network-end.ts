import { type CommandOutput, commandMissing, locateCommand, runCommand } from '../platform/run-command.js';
import type { Endpoint } from '../topology/endpoint.js';
import type { Network } from '../topology/network.js';

/** How a command at an end of a network is run. */
export interface EndCommandOptions {
  /** Written to the command's standard input, which is then closed. */
  input?: string | Uint8Array | undefined;
  /** Added to this process's own environment. */
  environment?: Readonly<Record<string, string>> | undefined;
  /** After this it is killed, milliseconds. Default 5000. */
  timeoutMs?: number | undefined;
  /** Aborting kills it. */
  signal?: AbortSignal | undefined;
}

/** One end of a network that stands. */
export interface NetworkEnd extends Endpoint {
  /**
   * Runs a program of this machine with the network that this end has: `network.client.run(['ip', 'address'])`.
   *
   * @returns what it printed.
   * @throws VnetperfError ERR_COMMAND_MISSING, ERR_COMMAND_FAILED (its status is not 0), ERR_COMMAND_TIMEOUT,
   * ERR_INTERRUPTED.
   */
  run(command: readonly [string, ...string[]], options?: EndCommandOptions): Promise<CommandOutput>;
}

/** A network whose ends commands can be run at. */
export interface NetworkWithEnds extends Network {
  /** The end that connects. */
  readonly client: NetworkEnd;
  /** The end that listens. */
  readonly server: NetworkEnd;
  readonly pairs: readonly { client: NetworkEnd; server: NetworkEnd }[];
}

export function withEnds<Some extends Network>(network: Some): Some & NetworkWithEnds {
  const pairs = network.pairs.map(({ client, server }) => ({ client: networkEnd(client), server: networkEnd(server) }));
  const { client, server } = pairs[0]!;
  return { ...network, client, server, pairs };
}

function networkEnd(end: Endpoint): NetworkEnd {
  return {
    ...end,
    run: async ([program, ...words], options = {}) => {
      // Looked up here: nsenter knows PATH alone.
      const path = locateCommand(program);
      if (path === undefined) throw commandMissing(program, `a command at the ${end.name}`);
      const { fd } = end.namespace;
      return await runCommand(['nsenter', '--net=/proc/self/fd/3', path, ...words], { ...options, descriptors: [fd] });
    },
  };
}
