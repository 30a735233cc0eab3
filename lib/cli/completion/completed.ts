import { factorLevels, factorNamed } from '../../compare/plan/factors.js';
import { kinds } from '../../topology/kinds.js';
import { commands, testGroups } from '../commands.js';
import type { DescribedOption, Offered } from '../described-option.js';
import { networkOptions, ownOptions } from '../own-options.js';

/** A command as a shell completes it. */
export interface Completed {
  /** The words behind the program's name: `topology up`; empty where options alone say what to do. */
  words: string;
  summary: string;
  /** Each once. */
  options: readonly DescribedOption[];
  operands: readonly Offered[];
  repeats: boolean;
}

/** All of them, that without a command first. */
export function completed(): Completed[] {
  const test = testGroups.flatMap(({ options }) => options);
  return [
    { words: '', summary: '', options: test, operands: [], repeats: false },
    ...commands.map(({ words, summary, groups, testOptions = [], operands, repeats = false }) => ({
      words,
      summary,
      options: eachOnce([...groups.flatMap(({ options }) => options), ...testOptions]),
      operands,
      repeats,
    })),
  ];
}

/** Every option of any command: one spelling means one thing, whichever command it is given to. */
export function everyOption(): DescribedOption[] {
  const all = completed().flatMap(({ options }) => options);
  // A letter that one command has for it, the others may have for nothing else.
  return eachOnce([...all, ...all.filter(({ short }) => short !== undefined)]);
}

function eachOnce(options: readonly DescribedOption[]): DescribedOption[] {
  return [...new Map(options.map((option) => [option.long, option])).values()];
}

/** What a word is completed with, where a list of words is known: kinds for one. */
export function offeredWords(offered: Offered): readonly string[] | undefined {
  if (offered === 'kind') return [...kinds.keys()];
  return typeof offered === 'string' ? undefined : offered;
}

export function kindSummaries(): { word: string; summary: string }[] {
  return [...kinds.values()].map(({ name, summary }) => ({ word: name, summary }));
}

/** Levels of each factor of a comparison as far as they are words. */
export function offeredLevels(): { factor: string; levels: readonly string[] }[] {
  return factorLevels.map(({ name }) => ({ factor: name, levels: levelsOf(name) }));
}

function levelsOf(name: string): readonly string[] {
  if (name === 'topology') return [...kinds.keys()];
  const { options, levels } = factorNamed(name);
  const offers = [...ownOptions, ...networkOptions].find((option) => option.name === options[0])?.offers;
  if (Array.isArray(offers)) return offers;
  const words = levels.split(', ');
  return words.every((word) => /^\S+$/.test(word)) ? words : [];
}
