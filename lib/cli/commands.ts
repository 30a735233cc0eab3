import { cellOptions, compareOptions } from './compare/options.js';
import { cpusOptionTable } from './cpus-arguments.js';
import { type DescribedOption, HELP_OPTION, type Offered, type OptionGroup } from './described-option.js';
import { doctorOptionTable } from './doctor-arguments.js';
import { iperf3Options } from './iperf3-options.js';
import {
  betweenOptions,
  bothEndsOptions,
  linkOptions,
  networkOptions,
  ownOptions,
  partOptions,
  runEndOptions,
  testOutcomeOptions,
} from './own-options.js';
import { reportOptionTable } from './report-arguments.js';
import { topologyOptionTables } from './topology-arguments.js';

/** A command as help and completion know it: both are made of this list and of the option tables in it. */
export interface Command {
  /** As typed behind the program's name: `topology up`; empty where options alone say what to do. */
  words: string;
  /** What may stand behind the words, a form each. */
  forms: readonly string[];
  summary: string;
  groups: readonly OptionGroup[];
  /** Options of a test, which it takes too. They are explained where those of all commands are. */
  testOptions?: readonly DescribedOption[] | undefined;
  /** What a shell offers for its operands, one after the other. */
  operands: readonly Offered[];
  /** The last operand may be repeated. */
  repeats?: true;
}

export const SHELLS = ['bash', 'zsh', 'fish'] as const;

const ofSide = (wanted: string) => iperf3Options.filter(({ side }) => side === wanted);

/** Options of a test, as the long help explains them. */
export const testGroups: readonly OptionGroup[] = [
  { title: 'Client or server', options: ofSide('both') },
  { title: 'Server', options: ofSide('server') },
  { title: 'Client', options: ofSide('client') },
  { title: 'Not in iperf3', options: [...ownOptions, ...testOutcomeOptions, ...bothEndsOptions] },
];

/** Both ends are in the one process. */
const ofBothEnds = iperf3Options.filter(
  ({ name, side }) => side !== 'server' && name !== 'client' && name !== 'server' && name !== 'version',
);

const networkGroups: readonly OptionGroup[] = [
  {
    title: 'The network',
    options: networkOptions.filter((option) => !has(partOptions, option) && !has(linkOptions, option)),
  },
  { title: 'With a KIND that has such a part', options: partOptions },
  { title: 'With a KIND across two hosts', options: linkOptions },
];

function has(options: readonly DescribedOption[], { name }: DescribedOption): boolean {
  return options.some((option) => option.name === name);
}

const others = (options: readonly DescribedOption[]) => options.filter((option) => !has(networkOptions, option));

/** What a run of a comparison has by itself, in words of a comparison. */
const ofEachRun: Readonly<Record<string, string>> = {
  json: 'the result document on standard output, and nothing else there',
  time: 'length of each run (2)',
  interval: 'time between the figures of a run (a quarter of it, at most 1)',
};

/** A server of theirs serves one client. */
const ownOfBothEnds = ownOptions.filter(({ side }) => side !== 'server');

/** In the order of the help. */
export const commands: readonly Command[] = [
  {
    words: 'run',
    forms: ['KIND [options]'],
    summary: 'build a network, measure across it, remove it',
    groups: [
      { title: 'The network', options: runEndOptions },
      ...networkGroups.slice(1),
      { title: 'Not in iperf3', options: [...ownOfBothEnds, ...testOutcomeOptions, ...bothEndsOptions] },
    ],
    testOptions: ofBothEnds,
    operands: ['kind'],
  },
  {
    words: 'between',
    forms: ['A B [options]'],
    summary: 'measure between two places that exist',
    groups: [
      { title: 'The places', options: betweenOptions },
      { title: 'Not in iperf3', options: [...ownOfBothEnds, ...testOutcomeOptions, ...bothEndsOptions] },
    ],
    testOptions: ofBothEnds,
    operands: ['place', 'place'],
  },
  {
    words: 'compare',
    forms: [
      'KIND... [--vary FACTOR=LEVEL,LEVEL]... [options]',
      '--suite container-networks [options]',
      '--resume FILE [--time-limit TIME] [-J]',
    ],
    summary: 'which is faster, by how much, and why',
    groups: [
      { title: 'The comparison', options: compareOptions },
      {
        title: 'Each run',
        options: cellOptions.flatMap((option) => {
          const meaning = ofEachRun[option.name];
          return meaning === undefined ? [] : [{ ...option, meaning }];
        }),
      },
    ],
    testOptions: cellOptions.filter(({ name }) => ofEachRun[name] === undefined),
    operands: ['kind'],
    repeats: true,
  },
  {
    words: 'report',
    forms: ['FILE... [options]'],
    summary: 'what was measured: page, drawing, table, CSV',
    groups: [{ title: 'Options', options: reportOptionTable }],
    operands: ['file'],
    repeats: true,
  },
  {
    words: 'doctor',
    forms: ['KIND [options]', 'A B [options]', '[options]'],
    summary: 'what such a measurement would fail of',
    groups: [{ title: 'Options', options: others(doctorOptionTable) }, ...networkGroups],
    operands: ['kind-or-place', 'place'],
  },
  {
    words: 'cpus',
    forms: ['[options]'],
    summary: "this machine's cores as --pin auto sees them",
    groups: [{ title: 'Options', options: cpusOptionTable }],
    operands: [],
  },
  {
    words: 'topology up',
    forms: ['KIND [--name NAME] [options]'],
    summary: 'build a network that stays',
    groups: [{ title: 'Options', options: others(topologyOptionTables.up) }, ...networkGroups],
    operands: ['kind'],
  },
  {
    words: 'topology ls',
    forms: ['[-J]'],
    summary: 'which there are',
    groups: [{ title: 'Options', options: topologyOptionTables.ls }],
    operands: [],
  },
  {
    words: 'topology exec',
    forms: ['NAME ENDPOINT -- COMMAND...'],
    summary: 'run a command at one of its ends',
    groups: [{ title: 'Options', options: [HELP_OPTION] }],
    operands: ['lab', ['client', 'server'], 'command'],
  },
  {
    words: 'topology down',
    forms: ['NAME'],
    summary: 'remove it',
    groups: [{ title: 'Options', options: topologyOptionTables.down }],
    operands: ['lab'],
  },
  {
    words: 'topology gc',
    forms: ['[options]'],
    summary: 'remove what dead processes left',
    groups: [{ title: 'Options', options: topologyOptionTables.gc }],
    operands: [],
  },
  {
    words: 'completion',
    forms: [SHELLS.join('|')],
    summary: "for your shell's Tab key",
    groups: [{ title: 'Options', options: [HELP_OPTION] }],
    operands: [SHELLS],
  },
  {
    words: 'help',
    forms: ['COMMAND|all|exit-codes'],
    summary: 'more about that; all: every option',
    groups: [{ title: 'Options', options: [HELP_OPTION] }],
    operands: [
      ['all', 'exit-codes', 'run', 'between', 'compare', 'report', 'doctor', 'cpus', 'topology', 'completion'],
    ],
  },
];
