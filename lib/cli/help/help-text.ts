import { factorLevels } from '../../compare/plan/factors.js';
import { FIGURE_COLUMNS, RUN_COLUMNS } from '../../report/comparison/csv-columns.js';
import { kinds } from '../../topology/kinds.js';
import { type Command, commands, testGroups } from '../commands.js';
import { type DescribedOption, HELP_OPTION } from '../described-option.js';
import { programName, UsageError } from '../usage-error.js';
import { about } from './about.js';
import { exitCodes } from './exit-codes.js';
import { entryLines, groupLines, nameLines, paragraphLines } from './option-lines.js';

const SIZES = 'SIZE takes a suffix K M G T in powers of 1024, RATE in powers of 1000: -l 64K, -b 2.5G.';

/**
 * `vnetperf help TOPIC...`
 * @param topic `all`, `exit-codes`, or the words of a command or how they begin: `topology`.
 * @throws {UsageError} where there is no such topic.
 */
export function helpOn(topic: readonly string[]): string {
  const words = topic.join(' ');
  if (words === '') return shortHelp();
  if (words === 'all') return wholeHelp();
  if (words === 'exit-codes') return text(exitCodeLines());
  const asked = commands.filter((command) => command.words === words || command.words.startsWith(`${words} `));
  if (asked.length > 0) return commandHelp(words, asked);
  throw new UsageError(`there is no help on '${words}'`, {
    kind: 'parameter',
    command: 'help',
    code: 'ERR_UNKNOWN_COMMAND',
    remedy: `Choose from: ${topics().join(', ')}.`,
  });
}

function topics(): string[] {
  return [...new Set(commands.map(({ words }) => words.split(' ')[0]!)), 'all', 'exit-codes'];
}

/** About a screen: what there is to type, and what is typed most. */
function shortHelp(): string {
  const often = options('port', 'udp', 'bitrate', 'time', 'bytes', 'parallel', 'reverse', 'interval', 'json', 'pin');
  const shown = [...often, ...options('client', 'server')];
  return text([
    `Usage: ${programName} [-s|-c host] [options]`,
    `       ${programName} COMMAND [options]`,
    '',
    'Measures virtual and container networks, and takes part in tests of iperf3.',
    '',
    'Commands:',
    ...commandEntries(),
    ...groupLines({ title: 'Options of a test that are used most', options: often }),
    ...nameLines(
      'All others, those of iperf3 3.21 as there; vnetperf help all explains them',
      everyTestOption.filter((option) => !shown.includes(option)),
    ),
    '',
    'Each COMMAND has its --help. vnetperf help exit-codes: 0 done, 1 not, and more.',
  ]);
}

const everyTestOption = testGroups.flatMap((group) => group.options);

function options(...names: string[]): DescribedOption[] {
  return names.map((name) => everyTestOption.find(({ long }) => long === name)!);
}

function commandEntries(): string[] {
  const topology = commands.filter(({ words }) => words.startsWith('topology '));
  return [
    { typed: '-s, --server', summary: "serve tests, iperf3's too" },
    { typed: '-c, --client HOST', summary: "measure to a server, iperf3's too" },
    ...commands.flatMap(({ words, forms, summary }) => {
      if (words === topology[0]!.words) {
        const each = topology.map((command) => command.words.split(' ')[1]).join('|');
        return [{ typed: `topology ${each}`, summary: 'networks that stay' }];
      }
      if (words.startsWith('topology ')) return [];
      return [{ typed: `${words} ${operandsOf(forms)}`, summary }];
    }),
  ].flatMap(({ typed, summary }) => entryLines(typed.trim(), summary, 32));
}

function operandsOf(forms: readonly string[]): string {
  return [...new Set(forms.map((form) => form.replace(/ ?(\[(?!COMMAND)|--).*$/, '')))]
    .filter((form) => form !== '')
    .join(' | ');
}

function commandHelp(words: string, asked: readonly Command[]): string {
  return text([
    ...asked.flatMap(usageLines).map((line, index) => `${index === 0 ? 'Usage: ' : '       '}${line}`),
    '',
    ...paragraphLines(about[words] ?? about[words.split(' ')[0]!] ?? ''),
    ...asked.flatMap((command) => optionsOf(command, asked.length > 1)),
    ...(asked.length > 1 ? groupLines({ title: 'Each of them', options: [HELP_OPTION] }) : []),
    ...(asked[0]!.operands.includes('kind') ? kindLines() : []),
    ...asked.flatMap(takenToo),
    ...(words === 'compare' ? factorLines() : []),
    ...(words === 'report' ? columnLines() : []),
    '',
    'Status 0: done; 1: not, and standard error says why.',
    ...(asked.some(hasLimit) ? ['With --fail-below 3: it is below the limit; 4: it is not shown whether it is.'] : []),
  ]);
}

function hasLimit({ groups }: Command): boolean {
  return groups.some(({ options }) => options.some(({ name }) => name === 'fail-below'));
}

function usageLines({ words, forms }: Command): string[] {
  return forms.map((form) => `${programName} ${words} ${form}`);
}

/** In a text about several commands, each says whose its options are. */
function optionsOf({ words, groups }: Command, several: boolean): string[] {
  return groups.flatMap(({ title, options }) => {
    const own = several ? options.filter(({ name }) => name !== 'help') : options;
    if (own.length === 0) return [];
    return groupLines({ title: several && title === 'Options' ? `Options of ${words}` : title, options: own });
  });
}

function takenToo({ testOptions = [] }: Command): string[] {
  if (testOptions.length === 0) return [];
  return nameLines(`Options of a test (${programName} help all explains them)`, testOptions);
}

function wholeHelp(): string {
  const seen = new Set<string>();
  return text([
    `Usage: ${programName} [-s|-c host] [options]`,
    ...commands.flatMap(usageLines).map((line) => `       ${line}`),
    '',
    'Every option of iperf3 3.21 means what it means there.',
    ...paragraphLines(SIZES),
    ...testGroups.flatMap(groupLines),
    ...commands.flatMap(({ words, groups }) =>
      groups.flatMap(({ title, options }) => {
        const fresh = options.filter(({ long, meaning }) => !seen.has(`${long} ${meaning}`) && long !== 'help');
        for (const { long, meaning } of fresh) seen.add(`${long} ${meaning}`);
        return fresh.length === 0 || title === 'Not in iperf3'
          ? []
          : groupLines({ title: `${words}: ${title}`, options: fresh });
      }),
    ),
    ...kindLines(),
    ...factorLines(),
    '',
    ...exitCodeLines(),
  ]);
}

function kindLines(): string[] {
  return ['', 'KIND is one of:', ...[...kinds.values()].flatMap(({ name, summary }) => entryLines(name, summary, 19))];
}

function factorLines(): string[] {
  const lines = factorLevels.flatMap(({ name, levels }) => entryLines(name, levels, 19));
  return ['', 'FACTOR, and its LEVELs:', ...lines];
}

function columnLines(): string[] {
  const columns = [
    ...RUN_COLUMNS,
    { name: 'factor_...', meaning: 'level of each factor: topology, pin ...' },
    ...FIGURE_COLUMNS,
  ];
  return [
    '',
    'Columns of the CSV, in RFC 4180 and UTF-8; an empty field is not known:',
    ...columns.flatMap(({ name, meaning }) => entryLines(name, meaning)),
  ];
}

function exitCodeLines(): string[] {
  return [
    `${programName} ends with status`,
    ...exitCodes.flatMap(({ status, meaning }) => entryLines(status, meaning, 18)),
  ];
}

function text(lines: readonly string[]): string {
  return lines.join('\n');
}
