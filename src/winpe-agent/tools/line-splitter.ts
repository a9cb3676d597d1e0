// Bytes of a process into lines. Pure but for the callback.

export interface LineSplitter {
  push(bytes: Uint8Array): void
  /** The last line may lack its end. */
  end(): void
}

/** A carriage return ends a line, too: progress bars redraw theirs with it. What redraws nothing (an empty line by \r) is dropped. */
export function lineSplitter(onLine: (line: string) => void): LineSplitter {
  const decoder = new TextDecoder()
  let rest = ''

  function take(text: string): void {
    const parts = (rest + text).split(/(\r\n|\n|\r(?!$))/)
    rest = parts.pop() ?? ''
    for (let index = 0; index < parts.length; index += 2) {
      const line = parts[index]!
      if (line !== '' || parts[index + 1] !== '\r') onLine(line)
    }
  }

  return {
    push: (bytes) => take(decoder.decode(bytes, { stream: true })),
    end() {
      take(decoder.decode())
      if (rest !== '') onLine(rest.replace(/\r$/, ''))
      rest = ''
    },
  }
}
