import type { Argument, Command, Environment } from './plan.js';

/** The variable of a script that holds the path of the plan's directory. */
export const DIRECTORY_VARIABLE = 'directory';

/** How the words of plans are written for a shell, in a script whose namespaces are named ones. */
export class ShellWords {
  readonly #prefix: string;

  /** @param prefix Stands before each namespace's name. */
  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  netns(namespace: string): string {
    return `${this.#prefix}-${namespace}`;
  }

  /** A command where an operator would run it: ip has an option for it, everything else is entered from outside. */
  command(namespace: string | null, command: Command, environment: Environment = {}): string {
    const [program, ...rest] = command;
    const ip = program === 'ip';
    const words = command.map((word) => this.#word(word, ip));
    const set = Object.entries(environment).map(([name, value]) => `${name}=${this.#word(value, ip)} `);
    if (namespace === null) return `${set.join('')}${words.join(' ')}`;
    const name = this.netns(namespace);
    const entered = ip
      ? ['ip', '-n', quoted(name), ...rest.map((word) => this.#word(word, ip))]
      : ['nsenter', quoted(`--net=/run/netns/${name}`), ...words];
    return `${set.join('')}${entered.join(' ')}`;
  }

  /** ip takes a namespace by its name, other programs take the file that stands for it. */
  #word(argument: Argument, ip: boolean): string {
    if (typeof argument === 'string') return quoted(argument);
    if ('namespace' in argument) {
      const name = this.netns(argument.namespace);
      return quoted(ip ? name : `/run/netns/${name}`);
    }
    const before = argument.before ? quoted(argument.before) : '';
    return `${before}"$${DIRECTORY_VARIABLE}"${argument.file ? quoted(`/${argument.file}`) : ''}`;
  }
}

export function quoted(word: string): string {
  return /^[\w./:@%+,=-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
