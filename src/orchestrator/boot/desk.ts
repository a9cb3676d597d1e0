// Answers what a machine boots, and notes which way it was sent to its disk. The answer comes from memory; what is noted goes to the disk
// behind it. Asking takes nothing from anybody: who asks in another one's name gets no token and leaves no note, and a job stays where it
// is until an agent claims (boot-counter.ts).

import type { Architecture } from '../../contract/values.ts'
import type { Clock, Log } from '../../store/index.ts'
import { bootElsewhere, workElsewhere } from '../directory/elsewhere.ts'
import type { Claims } from '../job/claims.ts'
import type { Departures } from '../job/departures.ts'
import type { JobRecord } from '../job/record.ts'
import type { Nodes } from '../node/nodes.ts'
import type { NodeRecord } from '../node/record.ts'
import { bootFilesOf } from '../wanted/boot-os.ts'
import type { BootOsOfNode } from '../wanted/desk.ts'
import { type BootAnswer, type BootClient, type BootWords, decideBoot, decideWithoutToken } from './decision.ts'
import { fixedDiskCountOf, judgeReturn, localBootOrder, sendTo } from './local-boot.ts'

interface BootDeskDeps {
  readonly nodes: Nodes
  readonly claims: Claims
  readonly departures: Departures
  readonly clock: Clock
  readonly log: Log
  /** No job is there for it, but what it has differs from what it should run, or nobody knows. From memory. */
  readonly mustLook: (node: NodeRecord) => boolean
  /** It is sent there for that. */
  readonly noteLook: (node: NodeRecord) => void
  /** Which boot OS this node gets. */
  readonly bootOsOf: (node: NodeRecord) => BootOsOfNode
  /** Which one everybody else gets. */
  readonly buildInUse: (architecture: Architecture) => BootOsOfNode['build']
  /** Hooks have not agreed yet that it leaves provisioning. */
  readonly mustWaitToLeave: (node: NodeRecord) => boolean
  /** For the kernel command line of this boot. */
  readonly wordsFor: (mac: string, peer: string) => BootWords
}

const HOOK_WAIT_SECONDS = 5

export class BootDesk {
  readonly #deps: BootDeskDeps

  constructor(deps: BootDeskDeps) {
    this.#deps = deps
  }

  answer(client: BootClient): BootAnswer {
    const known = this.#deps.nodes.byMac(client.mac, client.systemUuid)
    const words = () => this.#wordsFor(client, known?.awaitsHello === true ? undefined : known)
    if (client.standing.kind === 'unproven') return this.#answerUnproven(client, known)
    if (known === undefined || known.awaitsHello === true) return decideBoot(client, { node: undefined, hasJob: false }, words)
    const job = known.state === 'retired' ? undefined : this.#deps.claims.nextJobFor(known)
    const elsewhere = this.#answerElsewhere(client, known, job)
    if (elsewhere !== undefined) return elsewhere
    const sent = job === undefined ? undefined : this.#deps.departures.answerFor(job, client.isAgain === true)
    // A step that sends the machine somewhere counts and bounds its boots itself.
    if (sent !== undefined) return decideBoot(client, { node: factsOf(known), hasJob: true, sent }, words)
    const looks = job === undefined && known.state !== 'discovered' && this.#deps.mustLook(known)
    if (looks && client.isAgain !== true) this.#deps.noteLook(known)
    const { node, hasJob } =
      client.isAgain === true || known.state === 'discovered'
        ? { node: known, hasJob: job !== undefined || looks }
        : this.#note(client, known, job !== undefined || looks)
    const answer = decideBoot(client, { node: factsOf(node), hasJob }, looks ? () => withoutStay(words()) : words)
    const staysHere = !hasJob && node.state !== 'discovered' && this.#deps.mustWaitToLeave(this.#deps.nodes.get(node.id) ?? node)
    return staysHere
      ? { kind: 'wait', message: `${node.name} waits for the hooks that let it go`, retrySeconds: HOOK_WAIT_SECONDS }
      : answer
  }

  #answerUnproven(client: BootClient, known: NodeRecord | undefined): BootAnswer {
    if (known === undefined || known.awaitsHello === true) return decideWithoutToken(client, { node: undefined, hasJob: false })
    const { claims, clock } = this.#deps
    const isBusy = known.state !== 'retired' && (claims.nextJobFor(known) ?? workElsewhere(known, clock.now())) !== undefined
    const looks = !isBusy && this.#deps.mustLook(known)
    return decideWithoutToken(client, { node: factsOf(known), hasJob: isBusy || looks || known.isInProvisioning === true })
  }

  /** It works for another appliance, which cannot answer its boots: a job that runs here would be of an earlier time. */
  #answerElsewhere(client: BootClient, node: NodeRecord, job: JobRecord | undefined): BootAnswer | undefined {
    const nowMs = this.#deps.clock.now()
    const work = workElsewhere(node, nowMs)
    if (work === undefined || job?.life.phase === 'running') return undefined
    const { into, noted } = bootElsewhere(work, { nowMs, isAgain: client.isAgain === true })
    if (noted !== work) this.#keep({ ...node, elsewhere: noted })
    const sent = { into, hasInitrd: false, kernelArguments: '' }
    return decideBoot(client, { node: factsOf(node), hasJob: true, sent }, () => this.#deps.wordsFor(client.mac, client.peer))
  }

  #wordsFor({ mac, peer, architecture = 'x64' }: BootClient, node: NodeRecord | undefined): BootWords {
    const { wordsFor, bootOsOf, buildInUse } = this.#deps
    const { token, extraKernelArguments: given } = wordsFor(mac, peer)
    if (node === undefined) return { token, extraKernelArguments: given, ...startOf(buildInUse(architecture)) }
    const { build, console, kernelArguments } = bootOsOf(node)
    const usual = console === undefined ? given : [...console.map((each) => `console=${each}`), ...given.filter(isNoConsole)]
    return { token, extraKernelArguments: [...usual, ...kernelArguments], ...startOf(build) }
  }

  #note(client: BootClient, node: NodeRecord, hasJob: boolean): { node: NodeRecord; hasJob: boolean } {
    if (!hasJob) return { node: this.#noteLocalBoot(client, node), hasJob: false }
    const localBoot = judgeReturn(node.localBoot ?? {}, this.#silentSince(node), true)
    const noted = { ...node, localBoot }
    if (JSON.stringify(localBoot) !== JSON.stringify(node.localBoot ?? {})) this.#keep(noted)
    return { node: noted, hasJob: true }
  }

  #noteLocalBoot(client: BootClient, node: NodeRecord): NodeRecord {
    const known = node.localBoot ?? {}
    const judged = judgeReturn(known, this.#silentSince(node), false)
    if (judged.failed?.at(-1) !== known.failed?.at(-1))
      this.#deps.log.warn({ node: node.name, way: known.trying?.method }, 'came back from its disk: the next way is tried')
    const [method] = localBootOrder(judged, { firmware: client.firmware, fixedDiskCount: fixedDiskCountOf(node.inventory) })
    const noted = { ...node, localBoot: sendTo(judged, method!, this.#deps.clock.now()) }
    this.#keep(noted)
    return noted
  }

  /**
   * Now, on the clock of its last try. A machine that goes by BootNext is in the boot OS first, and that time is no absence:
   * so as much is taken off as its agent spoke after it was sent.
   */
  #silentSince({ id, localBoot }: NodeRecord): number {
    const now = this.#deps.clock.now()
    const { trying } = localBoot ?? {}
    if (trying?.method !== 'boot-next') return now
    return now - Math.max(0, (this.#deps.nodes.lastWordAt(id) ?? trying.at) - trying.at)
  }

  /** A lost note costs one more try: no machine waits for it. */
  #keep(node: NodeRecord): void {
    this.#deps.nodes
      .change(node)
      .catch((error: unknown) => this.#deps.log.error({ err: error, node: node.name }, 'a boot could not be noted'))
  }
}

const isNoConsole = (word: string): boolean => !word.startsWith('console=')

function startOf(build: BootOsOfNode['build']): Pick<BootWords, 'build'> {
  return build === undefined ? {} : { build: { number: build.number, files: bootFilesOf(build) } }
}

/** Where its look finds nothing to do, its agent restarts it, and it goes to its disk. */
function withoutStay(words: BootWords): BootWords {
  return { ...words, extraKernelArguments: [...words.extraKernelArguments, 'platen.idle=reboot'] }
}

function factsOf({ name, state, inventory, localBoot = {} }: NodeRecord) {
  return { name, state, architecture: inventory.architecture, fixedDiskCount: fixedDiskCountOf(inventory), localBoot }
}
