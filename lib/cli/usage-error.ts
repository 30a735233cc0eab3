import { VnetperfError, type VnetperfErrorDetails } from '../errors.js';
import type { Draft } from './draft.js';
import type { OptionSyntaxError } from './getopt.js';

/**
 * The name before every message. Scripts that call iperf3 search for `iperf3: parameter error` and `iperf3: error`,
 * so this stays iperf3's, whatever the program is called.
 */
export const messagePrefix = 'iperf3';

/** The name in usage lines and before complaints about the spelling of an option, where iperf3 prints its argv[0]. */
export const programName = 'vnetperf';

/** What was typed cannot be done. Ends the program with status 1. */
export class UsageError extends VnetperfError {
  override readonly name = 'UsageError';
  /** `syntax`: not an option, or one without its argument. `parameter`: a value or combination that is refused. */
  readonly kind: 'syntax' | 'parameter';
  readonly command: Draft['command'] | 'topology' | 'doctor' | 'compare' | 'cpus' | 'report' | 'help' | 'completion';
  readonly exitStatus = 1;

  constructor(
    message: string,
    details: VnetperfErrorDetails & { kind: UsageError['kind']; command: UsageError['command'] },
  ) {
    super(message, details);
    this.kind = details.kind;
    this.command = details.command;
  }

  static ofSyntax(error: OptionSyntaxError, command: UsageError['command']): UsageError {
    const { message, remedy } = error;
    return new UsageError(message, { kind: 'syntax', command, code: 'ERR_OPTION', remedy, cause: error });
  }

  static from(error: VnetperfError, command: UsageError['command']): UsageError {
    const { code, remedy, iperf3Number, errno, cause } = error;
    return new UsageError(error.message, { kind: 'parameter', command, code, remedy, iperf3Number, errno, cause });
  }
}

/** Words that a command line may begin with. */
export const commandWords = (): string[] => Object.keys(USAGE).filter((word) => word !== 'iperf3');

const USAGE: Readonly<Record<UsageError['command'], string>> = {
  iperf3: '[-s|-c host] [options]',
  run: 'run KIND [options]',
  between: 'between A B [options]',
  compare: 'compare KIND... [--vary FACTOR=LEVEL,LEVEL]... [options]',
  cpus: 'cpus [options]',
  completion: 'completion bash|zsh|fish',
  doctor: 'doctor [KIND | A B] [options]',
  help: 'help [COMMAND | all | exit-codes]',
  report: 'report FILE... [--html] [--svg] [--markdown] [--csv] [--output FILE]',
  topology: 'topology up|down|ls|exec|gc ...',
};

/**
 * The text for standard error, without a final newline, in iperf3's shape: the message, an empty line, two usage
 * lines. What iperf3 does not have, `vnetperf run` for one, speaks in its own name.
 */
export function formatUsageError(error: UsageError): string {
  const own = error.command !== 'iperf3';
  const message =
    error.kind === 'syntax'
      ? `${programName}: ${error.message}`
      : `${own ? programName : messagePrefix}: parameter error - ${error.message}`;
  // Nobody knows the names of all factors and levels by heart.
  const says = error.command === 'compare' || error.command === 'help' || error.kind === 'syntax';
  const remedy = says && error.remedy !== undefined ? `\n  ${error.remedy}` : '';
  const usage = `${programName} ${USAGE[error.command]}`;
  return `${message}${remedy}\n\nUsage: ${usage}\nTry \`${programName} --help' for more information.`;
}
