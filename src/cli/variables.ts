// NAME=TEXT of a command line. Pure.
import { usage } from './arguments.ts'

export function variablesOf(command: string, pairs: readonly string[]): Record<string, string> | undefined {
  if (pairs.length === 0) return undefined
  return Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf('=')
      if (at < 1) throw usage(command, `--var takes NAME=TEXT, not "${pair}"`)
      return [pair.slice(0, at), pair.slice(at + 1)]
    }),
  )
}
