// Names of the scripts that GRUB asks for, by TFTP or HTTP, and who asks by such a name. Pure.
import type { Architecture } from '../contract/values.ts'
import type { ScriptClient } from './answer-script.ts'

export interface GrubAsker {
  readonly mac: string
  readonly architecture: Architecture
  /** Once more within one boot. */
  readonly isAgain: boolean
}

/** As GRUB's own variable grub_cpu says it. */
const CPU = { x64: 'x86_64', arm64: 'arm64' } as const

/** boot/52:54:00:12:34:56.x86_64.grub, or ….x86_64.again.grub: what its scripts lead it to. */
export function grubScriptName({ mac, architecture, isAgain }: GrubAsker): string {
  return `boot/${mac}.${CPU[architecture]}${isAgain ? '.again' : ''}.grub`
}

/** undefined: any other name. */
export function grubAskerOf(path: string): GrubAsker | undefined {
  const [, mac, cpu, again] = /^boot\/((?:[0-9a-f]{2}:){5}[0-9a-f]{2})\.(x86_64|arm64)(\.again)?\.grub$/.exec(path) ?? []
  if (mac === undefined) return undefined
  return { mac, architecture: cpu === CPU.arm64 ? 'arm64' : 'x64', isAgain: again !== undefined }
}

/** What is known of a machine whose GRUB asks: we start it on UEFI only, and it tells no UUID. */
export function clientOfGrub(asker: GrubAsker): Omit<ScriptClient, 'applianceUrl'> {
  return { ...asker, systemUuid: undefined, firmware: 'uefi' }
}
