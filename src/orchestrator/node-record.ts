// A node as it is kept. Pure: types only.
import type { Inventory } from '../contract/inventory.ts'
import type { NodeState } from '../contract/operator-api.ts'

export interface NodeRecord {
  readonly id: string
  readonly name: string
  readonly state: NodeState
  readonly holdReason?: string
  readonly firstSeenAt: string
  /** Kept with each change and each hello; between them presence is known from memory only. */
  readonly lastSeenAt: string
  readonly inventory: Inventory
  /** MAC addresses that it booted from: a USB adapter may be gone from the inventory and still be how it boots. */
  readonly bootMacs: readonly string[]
  /** What the last verified deploy put on it; gone as soon as a job that writes is handed to it. */
  readonly installed?: { readonly imageName: string; readonly version: number; readonly at: string }
  readonly tags?: readonly string[]
  /** Types of configuration that it builds, as a person set them. */
  readonly configTypes?: readonly string[]
  /** As its agent was started with. */
  readonly agentConfigTypes?: readonly string[]
  readonly location?: string
  readonly notes?: string
  readonly inventoryHistory?: readonly { readonly at: string; readonly changes: readonly string[] }[]
  /** Partition table ids of the builds that it was given, newest last: what they left on a disk is not foreign. */
  readonly tableIds: readonly string[]
}
