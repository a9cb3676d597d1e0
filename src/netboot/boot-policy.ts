// The one question that this room asks: may this machine boot, and what? Declared here, answered by whoever wires the rooms.
import type { Architecture, LocalBootMethod } from '../contract/values.ts'
import type { Standing } from './token-standing.ts'

/** Everything that a packet or a request told about who asks. */
export interface BootClient {
  readonly mac: string
  readonly systemUuid: string | undefined
  readonly firmware: 'bios' | 'uefi' | undefined
  readonly architecture: Architecture | undefined
  /** http://10.77.0.1:8080: our HTTP server at the address by which this machine came in, so that it keeps to its own network. */
  readonly applianceUrl: string
  /** The address that it asks from. */
  readonly peer: string
  /** Whether that address was seen to be of this MAC. Unproven: it gets no token, and nothing is noted of it. */
  readonly standing: Standing
  /** It asks once more within one boot, as our scripts do when something failed. */
  readonly isAgain?: boolean
}

/** What is known of a machine that was enrolled; manufacturer and product as its SMBIOS has them. */
export interface KnownNode {
  readonly name: string
  readonly manufacturer?: string | undefined
  readonly product?: string | undefined
}

/** Kernel and initrds of one build, as paths on the appliance; initrds in the order in which they are loaded. */
export interface BootOsFiles {
  readonly kernelPath: string
  readonly initrdPaths: readonly string[]
}

/** Where the files of the build in use are, whichever that is. */
export const filesInUse = (architecture: Architecture): BootOsFiles => ({
  kernelPath: `/boot-os/${architecture}/vmlinuz`,
  initrdPaths: [`/boot-os/${architecture}/initrd.img`, `/boot-os/${architecture}/agent.img`],
})

export type BootAnswer =
  /** Nothing to do here: its own disk, by these methods in this order. */
  | { readonly kind: 'local-disk'; readonly methods: readonly LocalBootMethod[] }
  /** Into the boot OS, with these words added to the kernel command line (where the appliance is, the token of this boot). */
  | {
      readonly kind: 'boot-os'
      readonly architecture: Architecture
      /** Left out: of the build in use. */
      readonly files?: BootOsFiles
      readonly kernelArguments: readonly string[]
    }
  /** Into a kernel that the job's profile brings; both paths are on the appliance. */
  | { readonly kind: 'kernel'; readonly kernelPath: string; readonly initrdPath?: string; readonly kernelArguments: string }
  /** Known but not allowed yet: show the message, ask again after some seconds. */
  | { readonly kind: 'wait'; readonly message: string; readonly retrySeconds: number }

export interface BootPolicy {
  /** Whether DHCP and TFTP serve this machine at all. From memory, at once. */
  mayBoot(mac: string): boolean
  /** What its next boot does. From memory, at once. Something may be learned from it, unless it asks again or is unproven. */
  bootAnswer(client: BootClient): BootAnswer
  /**
   * The loader that this machine needs: ipxe for a model that wants iPXE's own drivers, shim where Secure Boot is on.
   * undefined, or no such method: the usual one (the firmware's drivers).
   */
  loaderFor?(mac: string): 'snponly' | 'ipxe' | 'shim' | undefined
  /** The node that has this MAC now: asked for each packet, so that a new name or another network card counts at once. */
  nodeOf?(mac: string): KnownNode | undefined
}
