import type { DescribedOption, Offered } from '../described-option.js';
import { programName } from '../usage-error.js';
import { type Completed, completed, kindSummaries, offeredLevels } from './completed.js';
import { CONGESTION_CONTROLS, quoted, spellings } from './shell-text.js';

export function zshScript(): string {
  const all = completed();
  const top = all.filter(({ words }) => words !== '' && !words.includes(' '));
  const topology = all.filter(({ words }) => words.startsWith('topology '));
  const described = (words: readonly { word: string; summary: string }[]) =>
    words.map(({ word, summary }) => `    ${quoted(`${word.replaceAll(':', '\\:')}:${summary}`)}`).join('\n');
  const levels = offeredLevels();

  return `#compdef ${programName}
# zsh completion for ${programName}; made by: ${programName} completion zsh

_vnetperf_commands() {
  local -a commands=(
${described([
  ...top.map(({ words, summary }) => ({ word: words, summary })),
  { word: 'topology', summary: 'networks that stay' },
])}
  )
  _describe -t commands command commands
}

_vnetperf_topology() {
  local -a commands=(
${described(topology.map(({ words, summary }) => ({ word: words.split(' ')[1]!, summary })))}
  )
  _describe -t commands command commands
}

_vnetperf_kind() {
  local -a kinds=(
${described(kindSummaries())}
  )
  _describe -t kinds 'kind of network' kinds
}

_vnetperf_congestion() {
  compadd - $(<${CONGESTION_CONTROLS})
}

_vnetperf_lab() {
  local -a lines=("\${(@f)$($vnetperf_program topology ls 2>/dev/null)}")
  [[ $lines[1] == NAME\\ * ]] && compadd - \${lines[2,-1]%% *}
}

_vnetperf_place() {
  local engine
  if compset -P '(#b)(docker|podman):'; then
    engine=$match[1]
    compadd - \${(f)"$(timeout 2 $engine ps --format '{{.Names}}' 2>/dev/null)"}
  elif compset -P 'netns:'; then
    compadd - /run/netns/*(N:t)
  elif [[ $PREFIX == /* ]]; then
    _files
  else
    compadd host
    compadd -S '' docker: podman: netns: pid:
  fi
}

# A command of its own, behind a -- that may stand or not.
_vnetperf_rest() {
  if [[ $words[1] == -- ]]; then
    shift words
    ((CURRENT--))
  fi
  _normal
}

_vnetperf_kind_or_place() {
  _vnetperf_kind
  _vnetperf_place
}

_vnetperf_factor() {
  local -A levels=(
${levels.map(({ factor, levels: words }) => `    ${factor} ${quoted(words.join(' '))}`).join('\n')}
  )
  if compset -P '(#b)([a-z-]##)='; then
    local factor=$match[1]
    [[ $factor == congestion ]] && levels[congestion]=$(<${CONGESTION_CONTROLS})
    compset -P '*,'
    compadd -S '' - \${=levels[$factor]}
  else
    compadd -S '=' - \${(k)levels}
  fi
}

_vnetperf() {
  setopt localoptions extendedglob
  local curcontext=$curcontext vnetperf_program=$words[1] command=
  if ((CURRENT > 2)); then
    case $words[2] in
      ${[...top.map(({ words }) => words), 'topology'].join('|')})
        command=$words[2]
        shift words
        ((CURRENT--)) ;;
    esac
  fi
  if [[ $command == topology ]]; then
    if ((CURRENT == 2)); then
      _vnetperf_topology
      return
    fi
    command="topology $words[2]"
    shift words
    ((CURRENT--))
  fi
  case $command in
${all.map(commandCase).join('\n')}
  esac
}

if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
  _vnetperf "$@"
else
  compdef _vnetperf ${programName}
fi
`;
}

function commandCase(command: Completed): string {
  const { words, options, operands, repeats } = command;
  const specs = [
    ...options.flatMap(optionSpecs),
    ...operands.map((offered, index) => {
      const last = index === operands.length - 1;
      return `${last && repeats ? '*' : index + 1}:operand:${action(offered)}`;
    }),
    ...(words === '' ? ['1:command:_vnetperf_commands'] : []),
  ];
  const lines = specs.map((spec) => `        ${quoted(spec)}`).join(' \\\n');
  // A command of its own is completed as such, with all that is behind it.
  const before = operands.length;
  const rest =
    operands.at(-1) === 'command'
      ? `      if ((CURRENT > ${before})); then\n        shift ${before} words\n        ((CURRENT -= ${before}))\n        _vnetperf_rest\n        return\n      fi\n`
      : '';
  return `    ${quoted(words)})\n${rest}      _arguments -s -S \\\n${lines} ;;`;
}

/** Each spelling with its meaning; any may be repeated, which some are meant to be. */
function optionSpecs(option: DescribedOption): string[] {
  const { argument, shortArgument = argument, value = '', meaning, offers } = option;
  const says = `[${escaped(meaning).replaceAll('[', '\\[').replaceAll(']', '\\]')}]`;
  const message = escaped(value.replace(/^\[=(.*)\]$/, '$1'));
  return spellings(option).map((spelling) => {
    const long = spelling.startsWith('--');
    const kind = long ? argument : shortArgument;
    if (kind === 'none') return `*${spelling}${says}`;
    const taken = `${message}:${action(offers)}`;
    return kind === 'optional' ? `*${spelling}=-${says}::${taken}` : `*${spelling}${long ? '=' : '+'}${says}:${taken}`;
  });
}

function action(offers: Offered | undefined): string {
  if (offers === undefined) return ' ';
  if (typeof offers !== 'string') return `(${offers.join(' ')})`;
  switch (offers) {
    case 'file':
      return '_files';
    case 'directory':
      return '_files -/';
    case 'interface':
      return '_net_interfaces';
    case 'command':
      return '_command_names -e';
    default:
      return `_vnetperf_${offers.replaceAll('-', '_')}`;
  }
}

function escaped(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll(':', '\\:');
}
