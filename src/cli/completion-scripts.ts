// The few lines with which a shell asks `platen complete`; what it may offer is told there, so that a script need not be made anew. Pure.

const BASH = `# platen: source <(platen completion bash)
_platen() {
  local line="\${COMP_LINE:0:COMP_POINT}"
  local typed="\${line##*[[:space:]]}"
  # Bash completes only what stands behind the last = or : of a word.
  local before="\${typed%"\${typed##*[=:]}"}" word
  COMPREPLY=()
  while IFS= read -r word; do
    COMPREPLY+=("\${word#"$before"}")
  done < <("\${COMP_WORDS[0]}" complete "$line" 2>/dev/null)
  case "\${COMPREPLY[*]}" in *[=:,]) compopt -o nospace 2>/dev/null ;; esac
}
complete -o default -F _platen platen`

const ZSH = `#compdef platen
# platen: source <(platen completion zsh), after compinit
_platen() {
  local -a found
  local line="\${(j: :)\${(@)words[1,CURRENT]}}"
  found=(\${(f)"$("\${words[1]}" complete "$line" 2>/dev/null)"})
  if (( \${#found} )); then compadd -- "\${found[@]}"; else _files; fi
}
compdef _platen platen`

const FISH = `# platen: platen completion fish | source
function __platen_complete
  platen complete (commandline -cp | string collect) 2>/dev/null
end
complete -c platen -f -a '(__platen_complete)'`

export const COMPLETION_SCRIPTS: Readonly<Record<string, string>> = { bash: BASH, zsh: ZSH, fish: FISH }
