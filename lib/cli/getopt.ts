import { nearestWord } from '../configuration/nearest-word.js';

/**
 * Options as GNU getopt_long reads them, so that every spelling a script may use today is read the same way: clusters
 * (`-uR`), attached and following arguments (`-P4`, `-P 4`, `--time=3`, `--time 3`), abbreviated long names, operands
 * anywhere, `--` as the end of options, and glibc's words when something is wrong.
 */

type ArgumentKind = 'none' | 'required' | 'optional';

export interface OptionDefinition<Name extends string = string> {
  /** What the option is. Two spellings of one option share it. */
  name: Name;
  long: string;
  short?: string | undefined;
  /** An optional argument must be attached: `--debug=3`. */
  argument: ArgumentKind;
  /** Where the short form differs. */
  shortArgument?: ArgumentKind | undefined;
  /**
   * Abbreviations are looked for among the others first. This keeps an abbreviation that was unambiguous before this
   * option existed unambiguous, and with its old meaning.
   */
  yieldsAbbreviations?: boolean | undefined;
}

export type ScannedArgument<Name extends string = string> =
  | { kind: 'option'; name: Name; definition: OptionDefinition<Name>; value: string | undefined }
  | { kind: 'operand'; value: string };

/** What getopt_long would print after `<argv0>: `. */
export class OptionSyntaxError extends Error {
  override readonly name = 'OptionSyntaxError';

  /** @param remedy What was probably meant. */
  constructor(
    message: string,
    readonly remedy?: string,
  ) {
    super(message);
  }
}

/**
 * The arguments one by one, in the order given. A generator, because the caller acts on each option before the next
 * is looked at: of two mistakes the user hears about the first, whether it is one of spelling or of value.
 *
 * @throws {OptionSyntaxError} at the first option that cannot be read.
 */
export function* scanArguments<Name extends string>(
  argv: readonly string[],
  definitions: readonly OptionDefinition<Name>[],
): Generator<ScannedArgument<Name>> {
  for (let index = 0; index < argv.length; index++) {
    const argument = argv[index]!;
    if (argument === '--') {
      for (const value of argv.slice(index + 1)) yield { kind: 'operand', value };
      return;
    }
    if (argument.startsWith('--')) {
      const { definition, attached } = findLong(argument.slice(2), definitions);
      let value = attached;
      if (attached !== undefined && definition.argument === 'none') {
        throw new OptionSyntaxError(`option '--${definition.long}' doesn't allow an argument`);
      }
      if (attached === undefined && definition.argument === 'required') {
        // The next word is the argument whatever it looks like, even `--` or another option.
        value = argv[++index];
        if (value === undefined) throw new OptionSyntaxError(`option '--${definition.long}' requires an argument`);
      }
      yield { kind: 'option', name: definition.name, definition, value };
      continue;
    }
    if (argument.length < 2 || !argument.startsWith('-')) {
      yield { kind: 'operand', value: argument };
      continue;
    }
    for (let rest = argument.slice(1); rest !== ''; ) {
      const letter = String.fromCodePoint(rest.codePointAt(0)!);
      rest = rest.slice(letter.length);
      const definition = definitions.find((candidate) => candidate.short === letter);
      if (definition === undefined) throw new OptionSyntaxError(`invalid option -- '${letter}'`);
      const kind = definition.shortArgument ?? definition.argument;
      let value: string | undefined;
      if (kind !== 'none') {
        if (rest !== '') value = rest;
        else if (kind === 'required') {
          value = argv[++index];
          if (value === undefined) throw new OptionSyntaxError(`option requires an argument -- '${letter}'`);
        }
        rest = '';
      }
      yield { kind: 'option', name: definition.name, definition, value };
    }
  }
}

function findLong<Name extends string>(
  text: string,
  definitions: readonly OptionDefinition<Name>[],
): { definition: OptionDefinition<Name>; attached: string | undefined } {
  const equals = text.indexOf('=');
  const typed = equals === -1 ? text : text.slice(0, equals);
  const attached = equals === -1 ? undefined : text.slice(equals + 1);

  const exact = definitions.find((candidate) => candidate.long === typed);
  if (exact !== undefined) return { definition: exact, attached };

  const matching = definitions.filter((candidate) => candidate.long.startsWith(typed));
  const preferred = matching.filter((candidate) => !candidate.yieldsAbbreviations);
  const candidates = preferred.length > 0 ? preferred : matching;
  const first = candidates[0];
  if (first === undefined) {
    const near = nearestWord(
      typed,
      definitions.map(({ long }) => long),
    );
    const remedy = near === undefined ? undefined : `did you mean --${near}?`;
    throw new OptionSyntaxError(`unrecognized option '--${text}'`, remedy);
  }
  if (candidates.some((candidate) => candidate.name !== first.name)) {
    const possibilities = candidates.map((candidate) => ` '--${candidate.long}'`).join('');
    throw new OptionSyntaxError(`option '--${text}' is ambiguous; possibilities:${possibilities}`);
  }
  return { definition: first, attached };
}
