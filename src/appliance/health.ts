// What /healthz tells: which parts are up. Pure but for the small record of parts.
import { type Static, Type } from 'typebox'
import { NamedObject } from '../contract/named.ts'

/** down: it runs and cannot serve, as netboot while an interface is gone; `platen doctor` tells why. */
const Part = Type.Union([Type.Literal('starting'), Type.Literal('up'), Type.Literal('down'), Type.Literal('stopping')])

export const HealthView = NamedObject('HealthView', {
  /** up when every part is. */
  status: Part,
  version: Type.String(),
  startedAt: Type.String(),
  parts: Type.Object({ http: Part, orchestrator: Part, netboot: Part }),
  /** Architectures whose boot OS and loaders are there. */
  bootOs: Type.Array(Type.String()),
})
export type Health = Static<typeof HealthView>
export type PartState = Static<typeof Part>
type PartName = keyof Health['parts']

export class HealthRecord {
  readonly #fixed: Pick<Health, 'version' | 'startedAt'>
  readonly #parts: Record<PartName, PartState> = { http: 'starting', orchestrator: 'starting', netboot: 'starting' }
  readonly #bootOs: () => string[]
  readonly #isWorking = new Map<PartName, () => boolean>()

  constructor(fixed: Pick<Health, 'version' | 'startedAt'>, bootOs: () => string[]) {
    this.#fixed = fixed
    this.#bootOs = bootOs
  }

  set(part: PartName, state: PartState): void {
    this.#parts[part] = state
  }

  /** Asked for each view while the part is up. */
  watch(part: PartName, isWorking: () => boolean): void {
    this.#isWorking.set(part, isWorking)
  }

  view(): Health {
    const parts = { http: this.#stateOf('http'), orchestrator: this.#stateOf('orchestrator'), netboot: this.#stateOf('netboot') }
    const states = Object.values(parts)
    const status = WORST_FIRST.find((state) => states.includes(state)) ?? 'up'
    return { status, ...this.#fixed, parts, bootOs: this.#bootOs() }
  }

  #stateOf(part: PartName): PartState {
    const state = this.#parts[part]
    return state === 'up' && this.#isWorking.get(part)?.() === false ? 'down' : state
  }
}

const WORST_FIRST = ['stopping', 'starting', 'down'] as const
