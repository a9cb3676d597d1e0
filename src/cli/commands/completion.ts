// platen completion, and platen complete, which the scripts that it prints ask at each key.
import { setTimeout as sleep } from 'node:timers/promises'
import { usage } from '../arguments.ts'
import { apiOf, CONNECTION_OPTIONS, type Command, defineCommand } from '../command.ts'
import { PATIENCE_MS } from '../complete-line.ts'
import { suggest } from '../completion.ts'
import { COMPLETION_SCRIPTS } from '../completion-scripts.ts'

export const completion = defineCommand({
  name: 'completion',
  summary: 'Print the lines that teach a shell to complete commands, options and the names of the appliance.',
  words: ['<bash|zsh|fish>'],
  options: {},
  examples: ['source <(platen completion bash)', 'platen completion fish > ~/.config/fish/completions/platen.fish'],

  async run({ words }, { out }) {
    const script = COMPLETION_SCRIPTS[words[0]!]
    if (script === undefined)
      throw usage('completion', `completion is for ${Object.keys(COMPLETION_SCRIPTS).join(', ')}, not "${words[0]}"`)
    out.print(script)
  },
})

export const completeOf = (commands: () => readonly Command[]): Command =>
  defineCommand({
    name: 'complete',
    summary: 'Print what may stand at the end of a half-typed line, one a line: for the scripts of `platen completion`.',
    words: ['<line>'],
    options: CONNECTION_OPTIONS,

    async run(input, context) {
      const found = suggest(commands(), input.words[0]!)
      if (found.kind === 'words') return printAll(found.words)
      // Nobody reads a failure while typing: it offers nothing.
      const names = await Promise.race([
        apiOf(input, context)
          .names(found.of)
          .catch(() => []),
        sleep(PATIENCE_MS, [], { ref: false }),
      ])
      printAll(names.filter((name) => name.startsWith(found.begin)).map((name) => found.prefix + name))

      function printAll(words: readonly string[]) {
        if (words.length > 0) context.out.print(words.join('\n'))
      }
    },
  })
