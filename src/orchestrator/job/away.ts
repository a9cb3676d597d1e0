// A machine that left for a reboot step: what its next boots get, and which of them means that it is back. Pure.
//
//   boot-os      every boot is the boot OS
//   kernel       the first boot starts the profile's kernel (again when that boot says that it could not load it); the next one is back
//   local-disk   the first boot goes to the disk, and so does what asks again so soon that it must be the same one; the next one is back
//
// A machine that is back gets the boot OS, whatever the step was. By kexec the kernel runs already: the first boot is back.
import type { FileRef, RebootTarget } from '../../contract/steps.ts'

export interface Away {
  readonly into: RebootTarget
  /** When it left. */
  readonly at: number
  /** The boot whose agent said so: an agent of that boot has not been anywhere. */
  readonly boot: string
  /** Back until then, or the attempt is over. */
  readonly until: number
  /** When its last boot was answered for this step; kexec: when it left. */
  readonly answeredAt?: number
  /** How often the local disk was the answer. */
  readonly answers: number
  readonly isBack: boolean
  readonly notBackBeforeSeconds: number
  readonly kernel?: FileRef
  readonly initrd?: FileRef
  readonly kernelArguments: string
}

/** A firmware that finds nothing to start asks over each of its cards and protocols: it is not sent round for ever. */
const MAX_ANSWERS = 8

/** isAgain: the boot says of itself that it has asked before. */
export function isBackAt(away: Away, now: number, isAgain: boolean): boolean {
  if (away.isBack || away.into === 'boot-os') return true
  if (away.answeredAt === undefined || isAgain) return false
  if (away.into === 'kernel') return true
  return now - away.answeredAt >= away.notBackBeforeSeconds * 1000 || away.answers >= MAX_ANSWERS
}

export function afterAnswer(away: Away, { at, isBack }: { readonly at: number; readonly isBack: boolean }): Away {
  return isBack ? { ...away, isBack } : { ...away, answeredAt: at, answers: away.answers + 1 }
}

/** Whether the agent of this boot (when its token was made, in base 36) has come back from where the step sent it. */
export function hasReturned(away: Away, boot: string): boolean {
  return boot !== away.boot && Number.parseInt(boot, 36) >= away.at
}

const PLACES: Readonly<Record<RebootTarget, string>> = {
  'boot-os': 'the boot OS',
  'local-disk': 'its own disk',
  kernel: "the profile's kernel",
}

export function describeAway(away: Pick<Away, 'into'> & Partial<Away>): string {
  if (away.isBack) return 'is back and starts the boot OS'
  return `${away.answeredAt === undefined ? 'restarts into' : 'was sent to'} ${PLACES[away.into]}`
}
