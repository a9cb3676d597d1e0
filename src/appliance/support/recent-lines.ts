// The latest lines of the log, in memory: for whoever is to find a mistake on a machine whose log is somewhere else. Pure but for its own list.
const MOST_LINES = 2000
const MOST_CHARS = 4000

export class RecentLines {
  #lines: string[] = []

  add(line: string): void {
    this.#lines.push(line.trimEnd().slice(0, MOST_CHARS))
    // Now and then, so that a line costs no copy of all.
    if (this.#lines.length >= 2 * MOST_LINES) this.#lines = this.#lines.slice(-MOST_LINES)
  }

  list(): readonly string[] {
    return this.#lines.slice(-MOST_LINES)
  }
}
