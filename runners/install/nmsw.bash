# Completion for nmsw in bash. It asks the program, so that it always knows the verbs and options that are installed.
_nmsw() {
  local word=${COMP_WORDS[COMP_CWORD]} program=${COMP_WORDS[0]} verb=${COMP_WORDS[1]} offered
  COMPREPLY=()
  if [ "$COMP_CWORD" = 1 ]; then
    offered=$("$program" --help 2>/dev/null | sed -n '/^Verbs:/,/^$/s/^  \([a-z]*\) .*/\1/p')
    mapfile -t COMPREPLY < <(compgen -W "$offered --help --version" -- "$word")
  elif [[ $word == -* ]]; then
    offered=$("$program" "$verb" --help 2>/dev/null | grep -o '^  .\{0,12\}--[a-z0-9-]*' | grep -o -- '--[a-z0-9-]*')
    mapfile -t COMPREPLY < <(compgen -W "$offered" -- "$word")
  fi
}
complete -o default -F _nmsw nmsw
