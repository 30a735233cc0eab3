import type { OptionDefinition } from './getopt.js';

/** What a shell offers behind an option or as an operand: these words, or what it finds where it is typed. */
export type Offered =
  | readonly string[]
  | 'file'
  | 'directory'
  | 'interface'
  | 'congestion'
  | 'kind'
  | 'lab'
  | 'place'
  | 'kind-or-place'
  | 'factor'
  | 'command';

/** An option with the words of --help and of a shell's completion, which are made of the tables alone. */
export interface DescribedOption<Name extends string = string> extends OptionDefinition<Name> {
  /** What stands behind it, as --help writes it: `N`, `RATE[/BURST]`. undefined where it takes nothing. */
  value?: string | undefined;
  meaning: string;
  offers?: Offered | undefined;
}

export interface OptionGroup {
  title: string;
  options: readonly DescribedOption[];
}

/**
 * @param text The meaning; of an option that takes something, with what it takes before it: `N: streams, up to 128`.
 */
export function described<Definition extends OptionDefinition>(
  definition: Definition,
  text: string,
  offers?: Offered,
): Definition & DescribedOption<Definition['name']> {
  if (definition.argument === 'none') return { ...definition, meaning: text };
  const colon = text.indexOf(': ');
  return { ...definition, value: text.slice(0, colon), meaning: text.slice(colon + 2), offers };
}

export const HELP_OPTION = {
  name: 'help',
  long: 'help',
  short: 'h',
  argument: 'none',
  meaning: 'this text',
} as const;

export const JSON_OPTION = { name: 'json', long: 'json', short: 'J', argument: 'none', meaning: 'as JSON' } as const;
