// What the next boot of a machine does. Pure: what is known of its node comes in, the answer comes out.
//
//   asks from an address that is not proven its own   no token: its own disk where that is right anyway, else to wait (standing)
//   never seen                                        boot OS (its agent says hello and enrolls it)
//   discovered                                        wait page, asked again until somebody approves it
//   approved, its job runs or waits for it            boot OS
//   approved, an open job in the queue fits it        boot OS
//   approved, it should be looked at (wanted/)        boot OS: what it proves there decides
//   held, its job still runs                          boot OS
//   its job is at a reboot step                       where that sends it: its own disk, a kernel of the profile, the boot OS
//   anything else (nothing to do, held, retired)      its own disk, always: by the way that its record says (local-boot.ts)
import { AGENT_API_PREFIX } from '../../contract/agent-api.ts'
import type { Architecture, Firmware, LocalBootMethod } from '../../contract/values.ts'
import type { BootSent } from '../job/departures.ts'
import { type LocalBoot, localBootOrder } from './local-boot.ts'

/** Who asks, as far as its packet or request told. */
export interface BootClient {
  readonly mac: string
  readonly systemUuid: string | undefined
  readonly firmware: Firmware | undefined
  readonly architecture: Architecture | undefined
  /** http://10.77.0.1:8080, without a slash at the end: the appliance as this machine reached it. */
  readonly applianceUrl: string
  /** The address that it asks from; its token is for that one. */
  readonly peer: string
  /** Whether the wire says that this address is that of the MAC. */
  readonly standing: { readonly kind: 'proven' } | { readonly kind: 'unproven'; readonly reason: string }
  /** It asks once more within one boot: nothing is counted or learned from it. */
  readonly isAgain?: boolean
}

/** As others know a node: by its name and its model. */
export interface KnownNode {
  readonly name: string
  readonly manufacturer: string | undefined
  readonly product: string | undefined
}

export type BootAnswer =
  | { readonly kind: 'local-disk'; readonly methods: readonly LocalBootMethod[] }
  | {
      readonly kind: 'boot-os'
      readonly architecture: Architecture
      /** Left out: of the build in use. */
      readonly files?: BootOsFiles
      readonly kernelArguments: readonly string[]
    }
  | { readonly kind: 'kernel'; readonly kernelPath: string; readonly initrdPath?: string; readonly kernelArguments: string }
  | { readonly kind: 'wait'; readonly message: string; readonly retrySeconds: number }

/** undefined: never seen. hasJob: one runs on it, waits for it, or waits for anybody and fits it; or what it should run asks for a look. */
export interface BootFacts {
  readonly node:
    | {
        readonly name: string
        readonly state: 'discovered' | 'approved' | 'held' | 'retired'
        readonly architecture: Architecture
        readonly fixedDiskCount: number
        readonly localBoot: LocalBoot
      }
    | undefined
  readonly hasJob: boolean
  /** Its job is at a step that sends it somewhere. */
  readonly sent?: BootSent
}

/** Paths on the appliance; initrds in the order in which they are loaded. */
interface BootOsFiles {
  readonly kernelPath: string
  readonly initrdPaths: readonly string[]
}

export interface BootWords {
  readonly token: string
  /** Left out: there is none that is known. */
  readonly build?: { readonly number: number; readonly files: BootOsFiles }
  readonly extraKernelArguments: readonly string[]
}

const WAIT_SECONDS = 15

export function decideBoot(client: BootClient, { node, hasJob, sent }: BootFacts, words: () => BootWords): BootAnswer {
  if (node === undefined) return bootOs(client, client.architecture ?? 'x64', words())
  switch (node.state) {
    case 'discovered':
      return {
        kind: 'wait',
        message: `This machine is known as ${node.name} and waits for approval: platen node approve ${node.name}`,
        retrySeconds: WAIT_SECONDS,
      }
    case 'approved':
    case 'held':
      if (sent?.into === 'local-disk') return diskNow(client, node)
      if (sent?.into === 'kernel') return ownKernel(sent, words())
      return hasJob ? bootOs(client, node.architecture, words()) : localDisk(client, node, words)
    case 'retired':
      return localDisk(client, node, words)
  }
}

/** Says nothing of what is known: whoever asks in another one's name learns nothing by it. */
export function decideWithoutToken({ firmware }: BootClient, { node, hasJob }: BootFacts): BootAnswer {
  if (node === undefined || node.state === 'discovered' || hasJob) {
    const message =
      'This machine gets no boot token: its address is not known to be its own (platen doctor says why). Asking again.'
    return { kind: 'wait', message, retrySeconds: WAIT_SECONDS }
  }
  const order = localBootOrder(node.localBoot, { firmware, fixedDiskCount: node.fixedDiskCount }).filter(isInScript)
  return { kind: 'local-disk', methods: order.slice(0, order.indexOf('exit') + 1) }
}

function bootOs(
  { mac, applianceUrl }: BootClient,
  architecture: Architecture,
  { token, build, extraKernelArguments }: BootWords,
): BootAnswer {
  const number = build === undefined ? [] : [`platen.build=${build.number}`]
  const ours = [`platen.url=${applianceUrl}`, `platen.token=${token}`, `BOOTIF=${mac}`, ...number]
  const kernelArguments = [...ours, ...extraKernelArguments]
  return { kind: 'boot-os', architecture, ...(build === undefined ? {} : { files: build.files }), kernelArguments }
}

function ownKernel({ hasInitrd, kernelArguments }: BootSent, { token }: BootWords): BootAnswer {
  const folder = `${AGENT_API_PREFIX}/boot-files/${token}`
  return {
    kind: 'kernel',
    kernelPath: `${folder}/kernel`,
    ...(hasInitrd ? { initrdPath: `${folder}/initrd` } : {}),
    kernelArguments,
  }
}

/** In the middle of a job there is no time for another start of the boot OS. */
function diskNow({ firmware }: BootClient, { localBoot, fixedDiskCount }: NonNullable<BootFacts['node']>): BootAnswer {
  const methods = localBootOrder(localBoot, { firmware, fixedDiskCount }).filter((method) => method !== 'boot-next')
  return { kind: 'local-disk', methods }
}

/** boot-next is the agent's to do, so it takes the boot OS, which is told to restart when nobody has a job for it. */
function localDisk(client: BootClient, node: NonNullable<BootFacts['node']>, words: () => BootWords): BootAnswer {
  const order = localBootOrder(node.localBoot, { firmware: client.firmware, fixedDiskCount: node.fixedDiskCount })
  // After exit nothing of a script is left to run.
  if (order[0] !== 'boot-next')
    return { kind: 'local-disk', methods: order.slice(0, order.indexOf('exit') + 1).filter(isInScript) }
  const given = words()
  const extraKernelArguments = [...given.extraKernelArguments, 'platen.idle=reboot']
  return bootOs(client, node.architecture, { ...given, extraKernelArguments })
}

const isInScript = (method: LocalBootMethod): boolean => method !== 'boot-next'
