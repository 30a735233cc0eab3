import { BARE_LINK, MEASURE } from '../../compare/suite/container-networks.js';
import type { ReportedCell } from '../reported-cell.js';
import { commandLine } from './facts.js';

/** Of every cell's levels, beside what was varied. */
const NO_FACTORS = ['topology', 'tool', MEASURE];
/** Factors called as options are that the bare link does not have: varied they would be asked of it too. */
const NOT_OF_THE_LINK = ['docker-path', 'weave-path', 'store', 'conf'];

/** The comparison of these cells once more with the bare link before them: what was varied, and what all were given. */
export function bareLinkCommand(cells: readonly ReportedCell[]): string {
  const commands = cells.flatMap(({ cell: { command } }) => (command[1] === 'run' ? [command.slice(2)] : []));
  const kinds = [...new Set(commands.map(([kind]) => kind!))];
  return commandLine(['vnetperf', 'compare', BARE_LINK, ...kinds, ...varied(cells), ...given(kinds, commands)]);
}

function varied(cells: readonly ReportedCell[]): string[] {
  const factors = [...new Set(cells.flatMap(({ cell }) => Object.keys(cell.levels)))];
  return factors
    .filter((factor) => !NO_FACTORS.includes(factor))
    .flatMap((factor) => {
      const levels = [...new Set(cells.flatMap(({ cell }) => cell.levels[factor] ?? []))];
      return NOT_OF_THE_LINK.includes(factor)
        ? [`--${factor}`, levels[0]!]
        : ['--vary', `${factor}=${levels.join(',')}`];
    });
}

/** Behind the words of the factors stand the options that all cells of a kind have; not every kind takes each. */
function given(kinds: readonly string[], commands: readonly (readonly string[])[]): string[] {
  const options = new Map<string, string[]>();
  for (const kind of kinds) {
    const own = commands.filter(([first]) => first === kind).map(([, ...words]) => words);
    for (const option of optionsIn(commonEnd(own))) options.set(option.join(' '), option);
  }
  return [...options.values()].flat();
}

function commonEnd([first = [], ...others]: readonly (readonly string[])[]): string[] {
  const differs = first.findLastIndex((word, index) => others.some((words) => words.at(index - first.length) !== word));
  return first.slice(differs + 1);
}

/** Each with its value. */
function optionsIn(words: readonly string[]): string[][] {
  const options: string[][] = [];
  for (const word of words) {
    if (word.startsWith('-')) options.push([word]);
    else options.at(-1)?.push(word);
  }
  return options;
}
