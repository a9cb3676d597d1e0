// Who asks for a script of GRUB by HTTP: firmware that boots by HTTP hands GRUB its own HTTP, and all of its files come that way. Pure.
import type { Architecture } from '../../contract/values.ts'

export interface GrubAsker {
  readonly mac: string
  readonly architecture: Architecture
  /** Once more within one boot. */
  readonly isAgain: boolean
}

/** 52:54:00:12:34:56.x86_64.grub, or ….x86_64.again.grub: the names that its scripts lead it to. undefined: any other. */
export function grubAskerOf(file: string): GrubAsker | undefined {
  const [, mac, cpu, again] = /^((?:[0-9a-f]{2}:){5}[0-9a-f]{2})\.(x86_64|arm64)(\.again)?\.grub$/.exec(file) ?? []
  if (mac === undefined) return undefined
  return { mac, architecture: cpu === 'arm64' ? 'arm64' : 'x64', isAgain: again !== undefined }
}
