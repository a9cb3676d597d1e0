// Asks one listed appliance for a job on a machine's behalf: session, hello, claim. Touches the network. Never waits for a job there.
import { setTimeout as pause } from 'node:timers/promises'
import { type Static, type TSchema, Type } from 'typebox'
import { Value } from 'typebox/value'
import { AGENT_API_PREFIX, Assignment, type Claim, type Hello, HelloAnswer } from '../../contract/agent-api.ts'
import { SessionAnswer, type SessionRequest } from '../../contract/appliances.ts'
import type { ApplianceRecord } from './appliance-list.ts'

/** The machine that the question is about. */
export interface MachineHere {
  readonly mac: string
  /** Which boot of it: the other appliance learns from it that the machine has booted since. */
  readonly boot: string
  readonly hello: Hello
}

const ANSWER_TIMEOUT_MS = 10_000
const AT_WORK_MS = 150_000
const AT_WORK_PAUSE_MS = 1000
/** Shorter than a token that nobody renews. */
const SESSION_MS = 2 * 3600_000
const HELLO_MS = 300_000
const NoJob = Type.Null()
const ClaimAnswer = Type.Union([Assignment, NoJob])

interface Session {
  readonly boot: string
  readonly token: string
  readonly madeAt: number
  helloAt: number
}

export class RemoteAppliance {
  readonly #record: ApplianceRecord
  readonly #now: () => number
  readonly #sessions = new Map<string, Session>()

  constructor(record: ApplianceRecord, now: () => number) {
    this.#record = record
    this.#now = now
  }

  /** Throws when it does not answer or refuses; undefined: it has nothing for this machine. */
  async claim(machine: MachineHere, signal: AbortSignal): Promise<Assignment | undefined> {
    try {
      return await this.#claim(machine, signal)
    } catch (error) {
      this.#sessions.delete(machine.mac)
      throw error
    }
  }

  async #claim(machine: MachineHere, signal: AbortSignal): Promise<Assignment | undefined> {
    const session = await this.#sessionOf(machine, signal)
    if (this.#now() - session.helloAt > HELLO_MS) {
      await this.#greet(session.token, machine.hello, signal)
      session.helloAt = this.#now()
    }
    const nothingAsYet: Claim = { waitSeconds: 0 }
    const assignment = await this.#post('/claim', session.token, nothingAsYet, ClaimAnswer, signal)
    if (assignment === null) return undefined
    return { ...assignment, at: { applianceUrl: this.#record.url, token: session.token } }
  }

  /** A machine that restarted in mid-job is let in when its boot before has been silent for some heartbeats. */
  async #greet(token: string, hello: Hello, signal: AbortSignal): Promise<void> {
    for (const until = this.#now() + AT_WORK_MS; ; await pause(AT_WORK_PAUSE_MS, undefined, { signal })) {
      try {
        await this.#post('/hello', token, hello, HelloAnswer, signal)
        return
      } catch (error) {
        if (!(error instanceof Error && error.message.includes('NODE_AT_WORK')) || this.#now() > until) throw error
      }
    }
  }

  async #sessionOf({ mac, boot }: MachineHere, signal: AbortSignal): Promise<Session> {
    const known = this.#sessions.get(mac)
    if (known?.boot === boot && this.#now() - known.madeAt < SESSION_MS) return known
    const request: SessionRequest = { mac, boot }
    const { token } = await this.#post('/sessions', this.#record.credential, request, SessionAnswer, signal)
    const session = { boot, token, madeAt: this.#now(), helloAt: 0 }
    this.#sessions.set(mac, session)
    return session
  }

  async #post<T extends TSchema>(
    path: string,
    token: string | undefined,
    body: unknown,
    answer: T,
    signal: AbortSignal,
  ): Promise<Static<T>> {
    const response = await fetch(`${this.#record.url}${AGENT_API_PREFIX}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) },
      body: JSON.stringify(body),
      signal: AbortSignal.any([signal, AbortSignal.timeout(ANSWER_TIMEOUT_MS)]),
    })
    const text = await response.text()
    if (!response.ok) throw new Error(`${path}: HTTP ${response.status} ${text.slice(0, 200)}`)
    const value: unknown = text === '' ? null : JSON.parse(text)
    if (Value.Check(answer, value)) return value
    throw new Error(`${path}: an answer that does not fit: ${text.slice(0, 200)}`)
  }
}
