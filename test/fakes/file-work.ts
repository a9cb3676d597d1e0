// What image files are worked on with, against an appliance on loopback; keeps what was said.
import type { FileWork } from '../../src/winpe-agent/index.ts'

export class RecordedFileWork implements FileWork {
  readonly lines: string[] = []
  readonly access: FileWork['access']
  readonly signal = new AbortController().signal

  constructor(url: string) {
    this.access = { url, token: 'token' }
  }

  log(line: string): void {
    this.lines.push(line)
  }

  progress(): void {}
}
