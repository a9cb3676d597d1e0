// A secret that a person types: asked for on the terminal without showing it, or one line of what is piped in. Touches standard input and error.
import { createInterface } from 'node:readline'
import { Writable } from 'node:stream'

export async function askSecret(prompt: string, signal: AbortSignal): Promise<string> {
  const isTerminal = process.stdin.isTTY === true
  // readline shows what is typed by writing it: here it writes to nobody.
  const nobody = new Writable({ write: (_piece, _encoding, done) => done() })
  if (isTerminal) process.stderr.write(prompt)
  const lines = createInterface({ input: process.stdin, output: nobody, terminal: isTerminal })
  try {
    return await new Promise<string>((resolve, reject) => {
      lines.once('line', resolve)
      lines.once('close', () => resolve(''))
      // Raw mode hands over the key that interrupts.
      lines.once('SIGINT', () => reject(new Error('interrupted')))
      signal.addEventListener('abort', () => reject(signal.reason), { once: true })
    })
  } finally {
    lines.close()
    if (isTerminal) process.stderr.write('\n')
  }
}
