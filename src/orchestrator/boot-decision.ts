// What the next boot of a machine does. Pure: what is known of its node comes in, the answer comes out.
//
//   never seen                                        boot OS (its agent says hello and enrolls it)
//   discovered                                        wait page, asked again until somebody approves it
//   approved, its job runs or waits for it            boot OS
//   approved, an open job in the queue fits it        boot OS
//   held, its job still runs                          boot OS
//   anything else (nothing to do, held, retired)      its own disk, always
import type { Architecture, Firmware, LocalBootMethod } from '../contract/values.ts'

/** Who asks, as far as its packet or request told. */
export interface BootClient {
  readonly mac: string
  readonly systemUuid: string | undefined
  readonly firmware: Firmware | undefined
  readonly architecture: Architecture | undefined
  /** http://10.77.0.1:8080, without a slash at the end: the appliance as this machine reached it. */
  readonly applianceUrl: string
}

/** As others know a node: by its name and its model. */
export interface KnownNode {
  readonly name: string
  readonly manufacturer: string | undefined
  readonly product: string | undefined
}

export type BootAnswer =
  | { readonly kind: 'local-disk'; readonly methods: readonly LocalBootMethod[] }
  | { readonly kind: 'boot-os'; readonly architecture: Architecture; readonly kernelArguments: readonly string[] }
  | { readonly kind: 'wait'; readonly message: string; readonly retrySeconds: number }

/** undefined: never seen. hasJob: one runs on it, waits for it, or waits for anybody and fits it. */
export interface BootFacts {
  readonly node:
    | {
        readonly name: string
        readonly state: 'discovered' | 'approved' | 'held' | 'retired'
        readonly architecture: Architecture
        /** Disks that stay in the machine; USB sticks and the like do not count. */
        readonly fixedDiskCount: number
      }
    | undefined
  readonly hasJob: boolean
}

interface BootWords {
  readonly token: string
  readonly extraKernelArguments: readonly string[]
}

const WAIT_SECONDS = 15

export function decideBoot(client: BootClient, { node, hasJob }: BootFacts, words: () => BootWords): BootAnswer {
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
      return hasJob ? bootOs(client, node.architecture, words()) : localDisk(client.firmware, node.fixedDiskCount)
    case 'retired':
      return localDisk(client.firmware, node.fixedDiskCount)
  }
}

function bootOs(
  { mac, applianceUrl }: BootClient,
  architecture: Architecture,
  { token, extraKernelArguments }: BootWords,
): BootAnswer {
  const kernelArguments = [`platen.url=${applianceUrl}`, `platen.token=${token}`, `BOOTIF=${mac}`, ...extraKernelArguments]
  return { kind: 'boot-os', architecture, kernelArguments }
}

/**
 * Many BIOSes stop after `exit` and must be told the drive. UEFI goes on with its boot order after it, which on most machines is IPv6 and
 * HTTP on every card first: half a minute each, and the boot answer once more. So it is told the disk as well when there is only
 * one to mean; with several, the firmware's own order knows which one starts.
 */
function localDisk(firmware: Firmware | undefined, fixedDiskCount: number): BootAnswer {
  return { kind: 'local-disk', methods: firmware === 'uefi' && fixedDiskCount !== 1 ? ['exit'] : ['sanboot', 'exit'] }
}
