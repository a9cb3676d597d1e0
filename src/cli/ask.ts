// A line that a person types at the terminal. Touches standard input and error.
import { createInterface } from 'node:readline/promises'

/** undefined: there is no terminal, so nobody to ask. */
export async function ask(prompt: string, signal: AbortSignal): Promise<string | undefined> {
  if (process.stdin.isTTY !== true) return undefined
  const lines = createInterface({ input: process.stdin, output: process.stderr })
  try {
    return await lines.question(prompt, { signal })
  } finally {
    lines.close()
  }
}
