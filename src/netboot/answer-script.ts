// What a machine that asks for its script is to do, however it asks: the policy decides, and whoever must know is told.
import type { BootAnswer, BootClient, BootPolicy } from './boot-policy.ts'
import type { NetbootEventLog } from './events.ts'

/** Who asks for a script always knows whether it asked before. */
export type ScriptClient = BootClient & { readonly isAgain: boolean }

/** from: the address that it asks from. */
export type AnswerScript = (client: ScriptClient, from: string) => BootAnswer

export interface AnswerScriptDeps {
  readonly policy: BootPolicy
  readonly events: NetbootEventLog
  /** It runs its script: its loader works. */
  readonly onCalledBack: (mac: string) => void
}

export function answersScripts({ policy, events, onCalledBack }: AnswerScriptDeps): AnswerScript {
  return (client, from) => {
    const { mac, isAgain } = client
    onCalledBack(mac)
    const answer = policy.bootAnswer(client)
    events.emit({ type: 'script.answered', from, mac, answer: answer.kind, isAgain })
    return answer
  }
}
