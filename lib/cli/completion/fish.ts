import type { DescribedOption, Offered } from '../described-option.js';
import { programName } from '../usage-error.js';
import { type Completed, completed, kindSummaries, offeredLevels, offeredWords } from './completed.js';
import { CONGESTION_CONTROLS } from './shell-text.js';

export function fishScript(): string {
  const all = completed();
  const first = [...new Set(all.map(({ words }) => words.split(' ')[0]!))].filter((word) => word !== '');
  const topology = all.filter(({ words }) => words.startsWith('topology '));
  const levels = offeredLevels();
  return `# fish completion for ${programName}; made by: ${programName} completion fish

# The command that is typed, in its one or two words.
function __vnetperf_command
  set -l words (commandline -opc)
  set -e words[1]
  if contains -- "$words[1]" ${first.join(' ')}
    if test "$words[1]" = topology
      string join ' ' -- $words[1..2]
    else
      echo $words[1]
    end
  end
end

function __vnetperf_at
  test (__vnetperf_command | string collect; or echo) = "$argv[1]"
end

# Nothing is typed yet that could be a command.
function __vnetperf_first
  test (count (commandline -opc)) -eq 1
end

function __vnetperf_kind
${kindSummaries()
  .map(({ word, summary }) => `  printf '%s\\t%s\\n' ${word} ${fishQuoted(summary)}`)
  .join('\n')}
end

function __vnetperf_congestion
  string split ' ' <${CONGESTION_CONTROLS}
end

function __vnetperf_interface
  command ls /sys/class/net
end

function __vnetperf_lab
  set -l program (commandline -opc)[1]
  command -q $program; or return
  set -l lines ($program topology ls 2>/dev/null)
  string match -q 'NAME *' -- "$lines[1]"; and string replace -r ' .*' '' -- $lines[2..]
end

function __vnetperf_place
  printf '%s\\n' host docker: podman: netns: pid:
  for engine in docker podman
    command -q $engine; and timeout 2 $engine ps --format "$engine:{{.Names}}" 2>/dev/null
  end
  test -d /run/netns; and printf 'netns:%s\\n' (command ls /run/netns)
end

# A command of its own behind the fifth word, and behind a -- that may stand or not.
function __vnetperf_rest
  set -l words (commandline -opc)[6..]
  test "$words[1]" = --; and set -e words[1]
  test (count (commandline -opc)) -ge 5; and complete -C (string join ' ' -- $words (commandline -ct))
end

function __vnetperf_kind_or_place
  __vnetperf_kind
  __vnetperf_place
end

function __vnetperf_factor
  set -l typed (commandline -ct | string replace -r '^--vary=' '')
  set -l head (string replace -r '[^,=]*$' '' -- $typed)
  switch $typed
${levels
  .filter(({ levels: words }) => words.length > 0)
  .map(({ factor, levels: words }) => `    case '${factor}=*'\n      printf "$head%s\\n" ${words.join(' ')}`)
  .join('\n')}
    case 'congestion=*'
      printf "$head%s\\n" (__vnetperf_congestion)
    case '*'
      printf '%s=\\n' ${levels.map(({ factor }) => factor).join(' ')}
  end
end

complete -c ${programName} -f
${first
  .map((word) => {
    const summary = all.find(({ words }) => words === word)?.summary ?? 'networks that stay';
    return `complete -c ${programName} -n __vnetperf_first -a ${word} -d ${fishQuoted(summary)}`;
  })
  .join('\n')}
${topology
  .map(({ words, summary }) => {
    const [, word] = words.split(' ');
    return `complete -c ${programName} -n "__vnetperf_at topology" -a ${word} -d ${fishQuoted(summary)}`;
  })
  .join('\n')}
${all.flatMap(commandLines).join('\n')}
`;
}

function commandLines({ words, options, operands }: Completed): string[] {
  const condition = `complete -c ${programName} -n "__vnetperf_at ${fishQuoted(words)}"`;
  return [
    ...options.map((option) => `${condition} ${optionText(option)}`),
    ...operands.map((offered) =>
      offered === 'command' ? `${condition} -a '(__vnetperf_rest)'` : `${condition} ${offerText(offered)}`,
    ),
  ];
}

function optionText({ short, long, argument, meaning, offers }: DescribedOption): string {
  return [
    ...(short === undefined ? [] : [`-s ${short}`]),
    `-l ${long}`,
    ...(argument === 'required' ? [offers === 'file' || offers === 'directory' ? '-r' : '-x'] : []),
    ...(offers === undefined ? [] : [offerText(offers)]),
    `-d ${fishQuoted(meaning)}`,
  ].join(' ');
}

function offerText(offered: Offered): string {
  const words = offered === 'kind' ? undefined : offeredWords(offered);
  if (words !== undefined) return `-a ${fishQuoted(words.join(' '))}`;
  switch (offered) {
    case 'file':
      return '-F';
    case 'directory':
      return "-a '(__fish_complete_directories (commandline -ct))'";
    case 'command':
      return "-a '(__fish_complete_command)'";
    default:
      return `-a '(__vnetperf_${offered.toString().replaceAll('-', '_')})'`;
  }
}

/** fish ends a quoted word at ' unless a backslash is before it. */
function fishQuoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
