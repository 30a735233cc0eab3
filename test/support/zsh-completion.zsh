# Types each argument into an interactive zsh, presses Tab, and prints what stands on the line then.
# usage: zsh -f zsh-completion.zsh SCRIPT LINE...
zmodload zsh/zpty
script=$1
shift
zpty shell 'zsh -f -i'
zpty -w shell "autoload -U compinit; compinit -D -u; source ${(q)script}"
zpty -w shell 'shown() { print -r -- "<""<$BUFFER>>"; BUFFER= }; zle -N shown; bindkey "^X" shown; print rea""dy'
zpty -r shell answer '*ready*'
for line in "$@"; do
  zpty -w -n shell "$line"$'\t\x18'
  zpty -r shell answer '*<<*>>*'
  answer=${answer##*<<}
  print -r -- "${answer%%>>*}"
done
zpty -d shell
