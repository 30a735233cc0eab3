import { checkCredentialFiles } from '../configuration/check-credential-files.js';
import { offloadError } from '../configuration/check-paths.js';
import type { ClientConfiguration, OutputConfiguration, ServerConfiguration } from '../configuration/configuration.js';
import { type Pin, parsePin } from '../configuration/cores.js';
import { checkCombination, resolveClient } from '../configuration/resolve-client.js';
import type { CommonRequest } from '../configuration/resolve-common.js';
import { resolveServer } from '../configuration/resolve-server.js';
import { streamsOverPairs } from '../configuration/streams-over-pairs.js';
import { VnetperfError } from '../errors.js';
import { iperf3Error } from '../iperf3-errors.js';
import { type Draft, emptyDraft, type OwnOptions, type RunOptions } from './draft.js';
import { OptionSyntaxError, scanArguments } from './getopt.js';
import { type Iperf3OptionName, iperf3Options, type OptionRow } from './iperf3-options.js';
import { meantCommand, missingRoleError, oneKind, twoPlaces } from './operands.js';
import { clientOptions } from './options/client-options.js';
import { type ApplyOption, commonOptions } from './options/common-options.js';
import { ownOptionActions } from './options/own-options.js';
import { serverOptions } from './options/server-options.js';
import {
  betweenOptions,
  bothEndsOptions,
  type OwnOptionName,
  ownOptions,
  runOptions,
  testOutcomeOptions,
} from './own-options.js';
import { UsageError } from './usage-error.js';

export type ParsedCommand =
  | ParsedClient
  | ParsedServer
  | ParsedRun
  | ParsedBetween
  | { kind: 'help'; command: Draft['command'] }
  | { kind: 'version' };

export interface ParsedClient extends ParsedTest {
  kind: 'client';
  configuration: ClientConfiguration;
}

export interface ParsedServer extends ParsedTest {
  kind: 'server';
  configuration: ServerConfiguration;
}

export interface ParsedRun extends ParsedTest {
  kind: 'run';
  /** Which network to build, as typed. */
  topologyKind: string;
  /** `host` is empty: the network has the address. */
  configuration: ClientConfiguration;
  run: RunOptions;
  /** As given; undefined = whichever suits the network. */
  port: number | undefined;
}

export interface ParsedBetween extends ParsedTest {
  kind: 'between';
  /** Client's and server's, as typed. */
  places: [client: string, server: string];
  /** `host` is empty: the server's place has the address. */
  configuration: ClientConfiguration;
  /** As given to -p. undefined = a free one. */
  port: number | undefined;
  /** Where docker's or podman's engine listens. */
  engineHost: string | undefined;
}

interface ParsedTest {
  own: OwnOptions;
  /** For standard output, before anything else. */
  notices: string[];
  /** For standard error. */
  warnings: string[];
}

type ActingOption = Exclude<Iperf3OptionName | OwnOptionName, 'help' | 'version'>;

const actions: Readonly<Record<ActingOption, ApplyOption>> = {
  ...commonOptions,
  ...clientOptions,
  ...serverOptions,
  ...ownOptionActions,
};

/**
 * What the command line asks for. Mistakes are reported in iperf3's order: while the options are read, the first one
 * that cannot be; after that, what does not go together.
 *
 * @param argv the arguments without interpreter and script: `process.argv.slice(2)`
 * @throws {UsageError} print it with formatUsageError() and leave with status 1
 */
export function parseOptions(argv: readonly string[], environment: NodeJS.ProcessEnv = process.env): ParsedCommand {
  const command = argv[0] === 'run' || argv[0] === 'between' ? argv[0] : 'iperf3';
  try {
    return parse(command === 'iperf3' ? argv : argv.slice(1), command, environment);
  } catch (error) {
    if (error instanceof OptionSyntaxError) {
      const { message, remedy = meantCommand(argv[0]) } = error;
      throw UsageError.ofSyntax(new OptionSyntaxError(message, remedy), command);
    }
    if (error instanceof VnetperfError) throw UsageError.from(error, command);
    throw error;
  }
}

function parse(argv: readonly string[], command: Draft['command'], environment: NodeJS.ProcessEnv): ParsedCommand {
  const definitions: OptionRow<Iperf3OptionName | OwnOptionName>[] = [
    ...iperf3Options,
    ...ownOptions,
    ...testOutcomeOptions,
    ...bothEndsOptions,
    ...(command === 'run' ? runOptions : []),
    ...(command === 'between' ? betweenOptions : []),
  ];
  const draft = emptyDraft(command);
  for (const argument of scanArguments(argv, definitions)) {
    if (argument.kind === 'operand') {
      draft.operands.push(argument.value);
      continue;
    }
    if (argument.name === 'help') return { kind: 'help', command };
    if (argument.name === 'version') return { kind: 'version' };
    if (command !== 'iperf3' && (argument.name === 'client' || argument.name === 'server'))
      throw bothEndsError(command);
    actions[argument.name](draft, argument.value);
    const { side } = definitions.find((definition) => definition.name === argument.name)!;
    if (side === 'client') draft.sawClientOnly = true;
    if (side === 'server') draft.sawServerOnly = true;
  }
  return finish(draft, environment);
}

function finish(draft: Draft, environment: NodeJS.ProcessEnv): ParsedCommand {
  if (draft.role === 'client' && draft.sawServerOnly) throw iperf3Error(3);
  if (draft.role === 'server' && draft.sawClientOnly) throw iperf3Error(4);

  const common: CommonRequest = { ...draft.common, output: resolveOutput(draft) };
  if (draft.role === undefined) {
    // iperf3 looks for a role last of all.
    checkCombination({ ...common, settings: draft.settings });
    throw missingRoleError(draft.operands[0]);
  }
  const pin = resolvePin(draft);
  const test = {
    own: { ...draft.own, pin },
    notices: draft.notices,
    warnings: jsonWarnings(common),
  };

  if (draft.role === 'server') {
    const { authentication } = draft.server;
    const configuration = resolveServer({
      ...common,
      ...draft.server,
      cores: pinnedCores(pin, 'server'),
      authentication: authentication && { ...authentication, usePkcs1Padding: draft.usePkcs1Padding },
    });
    checkCredentialFiles(configuration);
    return { kind: 'server', configuration, ...test };
  }

  checkOffloads(draft);
  checkDiscard(draft);
  const { credentials } = draft.client;
  const configuration = resolveClient({
    ...common,
    ...draft.client,
    host: draft.host,
    settings: {
      ...draft.settings,
      parallel: streamsOverPairs(draft.settings.parallel, draft.run.endpoints ?? 1),
    },
    cores: pinnedCores(pin, 'client'),
    credentials: credentials && {
      ...credentials,
      password: environment.IPERF3_PASSWORD,
      usePkcs1Padding: draft.usePkcs1Padding,
    },
  });
  checkCredentialFiles(configuration);
  if (draft.command === 'iperf3') return { kind: 'client', configuration, ...test };
  if (draft.command === 'between') {
    return {
      kind: 'between',
      places: twoPlaces(draft.operands),
      port: draft.common.port,
      engineHost: draft.run.engineHost,
      configuration,
      ...test,
    };
  }

  return {
    kind: 'run',
    topologyKind: oneKind(draft.operands),
    configuration,
    run: draft.run,
    port: draft.common.port,
    ...test,
  };
}

function checkOffloads({ offloadOption, settings }: Draft): void {
  if (offloadOption === undefined || settings.protocol === 'udp') return;
  throw offloadError(offloadOption);
}

function checkDiscard({ asksForDiscard, settings }: Draft): void {
  if (asksForDiscard !== true || settings.protocol !== 'sctp') return;
  throw new VnetperfError('--receive-path discard is for TCP; SCTP always receives by copy', {
    code: 'ERR_PATH',
    remedy: 'Leave out --receive-path discard.',
  });
}

function resolveOutput(draft: Draft): Partial<OutputConfiguration> {
  const { whole, stream } = draft.json;
  return { ...draft.output, mode: stream ? 'json-stream' : whole ? 'json' : 'text' };
}

function resolvePin(draft: Draft): Pin | undefined {
  const { pinText, settings } = draft;
  if (pinText === undefined) {
    if (draft.common.cores === undefined) return undefined;
    // -A n,m says the same as --pin n:m.
    const server = settings.serverAffinity === undefined ? [] : [settings.serverAffinity];
    return draft.role === 'server'
      ? { client: [], server: draft.common.cores }
      : { client: draft.common.cores, server };
  }
  if (draft.command !== 'iperf3') return parsePin(pinText, undefined);
  const pin = parsePin(pinText, draft.role);
  if (typeof pin === 'string') return pin;
  if (draft.role === 'server' && pin.client.length > 0) {
    throw pinSideError('a server pins only itself: give --pin one list of cores');
  }
  // iperf3's protocol has room for one core of the server's.
  if (draft.role === 'client' && pin.server.length > 1) {
    throw pinSideError('a client can ask the server for one core only');
  }
  if (draft.role === 'client' && pin.server.length === 1) settings.serverAffinity = pin.server[0];
  return pin;
}

/** `auto` is settled where the machine is known; until then nothing is pinned. */
function pinnedCores(pin: Pin | undefined, side: 'client' | 'server'): number[] {
  return typeof pin === 'object' ? pin[side] : [];
}

function jsonWarnings({ output = {}, debugLevel = 0 }: CommonRequest): string[] {
  if (output.mode === 'text') return [];
  const warnings: string[] = [];
  const { format = 'a', verbose } = output;
  if (format !== 'a') warnings.push('warning: Report format (-f) flag ignored with JSON output (-J)');
  if (verbose) warnings.push('warning: Verbose output (-v) may interfere with JSON output (-J)');
  if (debugLevel > 0) warnings.push('warning: Debug output (-d) may interfere with JSON output (-J)');
  return warnings;
}

function bothEndsError(command: Draft['command']): VnetperfError {
  return new VnetperfError(`${command} is client and server in one: leave out -c and -s`, { code: 'ERR_RUN_ROLE' });
}

function pinSideError(message: string): VnetperfError {
  return new VnetperfError(message, { code: 'ERR_PIN' });
}
