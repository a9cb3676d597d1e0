// Whether the machine that says hello is a node that is known. Pure: what it says and what is kept of others in, verdict out.
// All that a machine says of itself can be said by another one. So what it says only chooses among nodes that the way it came allows:
//
//   it boots from an address that the node booted from before, and all it says fits       that node
//   it boots from another card of the node: the node listed this card before,
//   and this machine lists the one that the node booted from                               that node: neither of two liars can say both
//   a person said that this address is that node's                                         that node
//   it came in a weaker way than the node ever did (introduced itself; another appliance)  not that node
//   it says what is a node's, and nothing of the above                                     a record of its own, and a person is asked
import type { Inventory } from '../../contract/inventory.ts'
import { identify, identifyByMac } from './identity.ts'
import type { NodeRecord, Origin } from './record.ts'

export type Recognition =
  | { readonly kind: 'known'; readonly nodeId: string }
  | { readonly kind: 'new' }
  /** It may be one of these, or somebody who says so. */
  | { readonly kind: 'doubtful'; readonly nodeIds: readonly string[]; readonly reason: string }

export interface Newcomer {
  readonly inventory: Inventory
  readonly mac: string
  readonly origin: Origin
}

/** score: by all that it shows. log-only: by the address that it boots from alone. */
export type IdentityMode = 'score' | 'log-only'

type Known = Pick<NodeRecord, 'id' | 'inventory' | 'bootMacs' | 'assignedMacs' | 'origins'>

export function recognise(newcomer: Newcomer, resembling: readonly Known[], mode: IdentityMode): Recognition {
  const { inventory, mac } = newcomer
  const possible = resembling.filter((node) => isAsGood(newcomer, node) && isOfItsAddress(newcomer, node))
  const verdict = mode === 'score' ? identify(inventory, mac, possible) : identifyByMac(mac, possible)
  if (verdict.kind === 'known') return verdict
  const { nodeIds, reason } = doubtAbout(newcomer, resembling)
  return nodeIds.length === 0 ? { kind: 'new' } : { kind: 'doubtful', nodeIds, reason }
}

const STRENGTH: Readonly<Record<Origin, number>> = { booted: 2, credential: 1, introduced: 0 }

/** A record of before origins were kept may be anybody's: as then. */
function isAsGood({ origin }: Newcomer, { origins = ['introduced'] }: Known): boolean {
  return origins.some((each) => STRENGTH[origin] >= STRENGTH[each])
}

function isOfItsAddress({ inventory, mac }: Newcomer, node: Known): boolean {
  if (node.bootMacs.includes(mac) || node.assignedMacs?.includes(mac) === true) return true
  const listsOurs = node.inventory.nics.some((nic) => nic.mac === mac)
  return listsOurs && inventory.nics.some((nic) => node.bootMacs.includes(nic.mac))
}

function doubtAbout({ inventory, mac }: Newcomer, resembling: readonly Known[]) {
  const sameAddress = resembling.filter((node) => node.bootMacs.includes(mac)).map(({ id }) => id)
  const claimed = identify(inventory, mac, resembling)
  const claimedIds = claimed.kind === 'new' ? [] : claimed.kind === 'known' ? [claimed.nodeId] : claimed.nodeIds
  const reason =
    claimedIds.length > 0
      ? 'it says of itself what belongs to another node, but boots from an address that was never seen to be that node’s'
      : 'it boots from the address of another node, and nothing else of it fits'
  return { nodeIds: [...new Set([...claimedIds, ...sameAddress])], reason }
}
