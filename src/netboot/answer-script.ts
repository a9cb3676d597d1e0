// What a machine that asks for its script is to do, however it asks: the policy decides, and whoever must know is told.
import type { BootAnswer, BootClient, BootPolicy } from './boot-policy.ts'
import type { NetbootEventLog } from './events.ts'
import type { Standing } from './token-standing.ts'

/** Who asks for a script always knows whether it asked before. */
export type ScriptClient = Omit<BootClient, 'peer' | 'standing'> & { readonly isAgain: boolean }

/** from: the address that it asks from. */
export type AnswerScript = (client: ScriptClient, from: string) => Promise<BootAnswer>

/** Whether an address is that of a MAC, as the wire says. */
export type StandingOf = (mac: string, from: string) => Promise<Standing>

export interface AnswerScriptDeps {
  readonly policy: BootPolicy
  readonly events: NetbootEventLog
  readonly standingOf: StandingOf
  /** It runs its script: its loader works. */
  readonly onCalledBack: (mac: string) => void
}

export function answersScripts({ policy, events, standingOf, onCalledBack }: AnswerScriptDeps): AnswerScript {
  return async (client, from) => {
    const { mac, isAgain } = client
    const standing = await standingOf(mac, from)
    if (standing.kind === 'proven') onCalledBack(mac)
    else events.emit({ type: 'script.unproven', from, mac, reason: standing.reason })
    const answer = policy.bootAnswer({ ...client, peer: from, standing })
    events.emit({ type: 'script.answered', from, mac, answer: answer.kind, isAgain })
    return answer
  }
}
