import { programName } from '../usage-error.js';
import { completed, everyOption, offeredLevels, offeredWords } from './completed.js';
import { CONGESTION_CONTROLS, quoted, spellings } from './shell-text.js';

/** Needs bash 4.3 and nothing else: bash-completion's functions are not on every machine. */
export function bashScript(): string {
  const all = completed();
  const options = everyOption();
  const words = (offered: readonly string[]) => `_vnetperf_offer -W ${quoted(offered.join(' '))}`;
  const firstWords = [...new Set(all.map((command) => command.words.split(' ')[0]!))].filter((word) => word !== '');
  const topology = all.filter((command) => command.words.startsWith('topology '));

  const optionCases = all.map(
    (command) => `    ${quoted(command.words)}) echo ${quoted(command.options.flatMap(spellings).join(' '))} ;;`,
  );
  const takers = options.filter(({ argument }) => argument === 'required').flatMap(spellings);
  const valueCases = options.flatMap(({ offers, ...option }) => {
    if (offers === undefined) return [];
    const known = offeredWords(offers);
    return `    ${spellings(option).join('|')}) ${known === undefined ? `_vnetperf_${offers}` : words(known)} ;;`;
  });
  const operandCases = all.flatMap(({ words: command, operands, repeats }) =>
    operands.map((offered, index) => {
      const known = offeredWords(offered);
      const place = repeats && index === operands.length - 1 ? '*' : `${index}`;
      const what = known === undefined ? `_vnetperf_${offered.toString().replaceAll('-', '_')}` : words(known);
      return `    ${quoted(command)}:${place}) ${what} ;;`;
    }),
  );
  const levelCases = offeredLevels()
    .filter(({ levels }) => levels.length > 0)
    .map(({ factor, levels }) => `        ${factor}) words=${quoted(levels.join(' '))} ;;`);

  return `# bash completion for ${programName}; made by: ${programName} completion bash

_vnetperf_options() {
  case $1 in
${optionCases.join('\n')}
  esac
}

# Options whose next word is theirs.
_vnetperf_takes() {
  case $1 in
    ${takers.join('|')}) return 0 ;;
    *) return 1 ;;
  esac
}

_vnetperf_value() {
  case $1 in
${valueCases.join('\n')}
  esac
}

_vnetperf_operand() {
  case $1 in
${operandCases.join('\n')}
  esac
}

# value is what is typed of the word, program the one to ask.
_vnetperf_offer() { mapfile -t -O "\${#COMPREPLY[@]}" COMPREPLY < <(compgen "$@" -- "$value"); }
_vnetperf_file() { compopt -o filenames 2>/dev/null; _vnetperf_offer -f; }
_vnetperf_directory() { compopt -o filenames 2>/dev/null; _vnetperf_offer -d; }
_vnetperf_command() { _vnetperf_offer -c; }
_vnetperf_interface() { _vnetperf_offer -W "$(ls /sys/class/net)"; }
_vnetperf_congestion() { _vnetperf_offer -W "$(cat ${CONGESTION_CONTROLS} 2>/dev/null)"; }
_vnetperf_lab() {
  _vnetperf_offer -W "$("$program" topology ls 2>/dev/null | {
    read -r name _ && [[ $name == NAME ]] && while read -r name _; do echo "$name"; done
  })"
}
_vnetperf_place() {
  local engine=\${value%%:*}
  case $value in
    docker:*|podman:*)
      value=\${value#*:}
      _vnetperf_offer -P "$engine:" -W "$(timeout 2 "$engine" ps --format '{{.Names}}' 2>/dev/null)" ;;
    netns:*)
      value=\${value#*:}
      _vnetperf_offer -P netns: -W "$(ls /run/netns 2>/dev/null)" ;;
    /*) _vnetperf_file ;;
    *) _vnetperf_offer -W 'host docker: podman: netns: pid:' ;;
  esac
}
_vnetperf_kind_or_place() {
  ${words(offeredWords('kind')!)}
  _vnetperf_place
}
_vnetperf_factor() {
  local words='' list head typed=$value
  case $value in
    *=*)
      list=\${value#*=}
      case \${value%%=*} in
${levelCases.join('\n')}
        congestion) words=$(cat ${CONGESTION_CONTROLS} 2>/dev/null) ;;
      esac
      value=\${list##*,}
      head=\${typed%"$value"}
      _vnetperf_offer -P "$head" -W "$words" ;;
    *) ${words(offeredLevels().map(({ factor }) => `${factor}=`))} ;;
  esac
}

_vnetperf() {
  local program=\${COMP_WORDS[0]} value command='' word last strip index=0 ended='' previous=''
  local -a words=()
  # Readline breaks words at = and :, which stand within ours.
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD}"; do
    if ((\${#words[@]} > 0)) && [[ $word == [=:]* || \${words[-1]} == *[=:] ]]; then
      words[-1]+=$word
    else
      words+=("$word")
    fi
  done
  ((\${#words[@]} > 0)) || words=('')
  local current=\${words[-1]}
  unset 'words[-1]'
  value=$current
  COMPREPLY=()

  case \${words[0]-} in
    ${firstWords.join('|')})
      command=\${words[0]}
      words=("\${words[@]:1}") ;;
  esac
  if [[ $command == topology ]]; then
    if ((\${#words[@]} == 0)); then
      _vnetperf_offer -W '${topology.map((each) => each.words.split(' ')[1]).join(' ')} --help'
      return
    fi
    command="topology \${words[0]}"
    words=("\${words[@]:1}")
  fi

  for word in "\${words[@]}"; do
    if [[ $ended ]]; then ((index++)); continue; fi
    if [[ $previous ]]; then previous=''; continue; fi
    case $word in
      --) ended=1 ;;
      -?*) if _vnetperf_takes "$word"; then previous=$word; fi ;;
      *) ((index++)) ;;
    esac
  done

  if [[ $previous ]]; then
    _vnetperf_value "$previous"
  elif [[ ! $ended && $current == --*=* ]]; then
    value=\${current#*=}
    _vnetperf_value "\${current%%=*}"
    COMPREPLY=("\${COMPREPLY[@]/#/\${current%%=*}=}")
  elif [[ ! $ended && $current == -* ]]; then
    _vnetperf_offer -W "$(_vnetperf_options "$command")"
  elif [[ ! $command ]] && ((\${#words[@]} == 0)); then
    _vnetperf_offer -W '${firstWords.join(' ')}'
  else
    _vnetperf_operand "$command:$index"
  fi
  if [[ \${COMPREPLY[0]-} == *[=:,] ]]; then compopt -o nospace 2>/dev/null; fi

  # Readline puts what is given here behind its last break.
  last=\${COMP_WORDS[COMP_CWORD]}
  [[ $last == [=:]* ]] && last=\${last##*[=:]}
  strip=\${current%"$last"}
  COMPREPLY=("\${COMPREPLY[@]#"$strip"}")
}

complete -F _vnetperf ${programName}
`;
}
