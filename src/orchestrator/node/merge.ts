// Two records that are one machine made one, and one record that was two machines made two. Pure.
import type { Inventory } from '../../contract/inventory.ts'
import { KEPT_DISKS, KEPT_HISTORY, KEPT_TABLE_IDS, type NodeRecord } from './record.ts'

/**
 * `gone` becomes part of `kept`: name, state and what people said of it stay those of `kept`; what the machine is comes from the
 * record that was seen last, and so does what is installed.
 */
export function mergeNodes(kept: NodeRecord, gone: NodeRecord, at: string): NodeRecord {
  const [older, newer] = kept.lastSeenAt <= gone.lastSeenAt ? [kept, gone] : [gone, kept]
  const history = [...(kept.inventoryHistory ?? []), ...(gone.inventoryHistory ?? [])].sort((a, b) => a.at.localeCompare(b.at))
  const {
    installed: _installed,
    present: _present,
    provenDisks: _proven,
    doubt: _doubt,
    session: _session,
    origins: _origins,
    ...rest
  } = kept
  const knownDisks = union(older.knownDisks, newer.knownDisks).slice(-KEPT_DISKS)
  return {
    ...rest,
    firstSeenAt: [kept.firstSeenAt, gone.firstSeenAt].sort()[0]!,
    lastSeenAt: newer.lastSeenAt,
    inventory: newer.inventory,
    ...(newer.installed === undefined ? {} : { installed: newer.installed }),
    bootMacs: union(kept.bootMacs, gone.bootMacs),
    ...(newer.session === undefined ? {} : { session: newer.session }),
    ...(kept.origins === undefined || gone.origins === undefined
      ? {}
      : { origins: [...new Set([...kept.origins, ...gone.origins])] }),
    // From now on by hand: the score took them for two.
    assignedMacs: union(kept.assignedMacs, gone.assignedMacs, gone.bootMacs),
    tableIds: union(older.tableIds, newer.tableIds).slice(-KEPT_TABLE_IDS),
    ...(knownDisks.length === 0 ? {} : { knownDisks }),
    formerIds: union(kept.formerIds, gone.formerIds, [gone.id]).slice(-KEPT_DISKS),
    tags: union(kept.tags, gone.tags),
    inventoryHistory: [...history, { at, changes: [`merged with ${gone.name}`] }].slice(-KEPT_HISTORY),
  }
}

/** The machine that boots from `mac` becomes a node of its own, discovered; of the rest of it nothing is known until it says hello. */
export function splitNode(
  node: NodeRecord,
  mac: string,
  newcomer: Pick<NodeRecord, 'id' | 'name'>,
  at: string,
): { readonly rest: NodeRecord; readonly newcomer: NodeRecord } {
  const others = node.bootMacs.filter((each) => each !== mac)
  // Its agent says hello again, and is the newcomer then.
  const { session, ...known } = node
  const kept = session === undefined || session.mac === mac ? {} : { session }
  const history = [...(node.inventoryHistory ?? []), { at, changes: [`${newcomer.name} split off with ${mac}`] }]
  return {
    rest: {
      ...known,
      ...kept,
      inventory: { ...node.inventory, nics: node.inventory.nics.filter((nic) => nic.mac !== mac) },
      bootMacs: others,
      assignedMacs: others,
      inventoryHistory: history.slice(-KEPT_HISTORY),
    },
    newcomer: {
      ...newcomer,
      state: 'discovered',
      awaitsHello: true,
      firstSeenAt: at,
      lastSeenAt: at,
      inventory: unknownBut(node.inventory, mac),
      bootMacs: [mac],
      assignedMacs: [mac],
      ...(node.origins === undefined ? {} : { origins: node.origins }),
      tableIds: [],
    },
  }
}

function unknownBut(inventory: Inventory, mac: string): Inventory {
  return { ...inventory, smbios: {}, disks: [], nics: inventory.nics.filter((nic) => nic.mac === mac) }
}

function union(...lists: readonly (readonly string[] | undefined)[]): readonly string[] {
  return [...new Set(lists.flatMap((list) => list ?? []))]
}
