// Node records in a composite bundle: who a machine is, and what people said of it. What it runs, proved, or was given stays behind: elsewhere it
// has to be proven anew, and no disk of it counts as ours there. Kept in the store.
import { randomUUID } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import { type Static, Type } from 'typebox'
import { Inventory } from '../../contract/inventory.ts'
import { Instant, Mac, Name } from '../../contract/values.ts'
import { Wanted } from '../../contract/wanted.ts'
import type { BundleThing } from '../../library/index.ts'
import { identify } from '../node/identity.ts'
import type { Nodes } from '../node/nodes.ts'
import type { NodeRecord } from '../node/record.ts'
import { wantedNeeds } from './wanted-needs.ts'

const text = (maxLength: number) => Type.String({ maxLength })

/** What people set. */
const settings = {
  state: Type.Union([Type.Literal('discovered'), Type.Literal('approved'), Type.Literal('held'), Type.Literal('retired')]),
  holdReason: Type.Optional(text(1000)),
  tags: Type.Optional(Type.Array(text(100), { maxItems: 1000 })),
  location: Type.Optional(text(200)),
  notes: Type.Optional(text(100_000)),
  configTypes: Type.Optional(Type.Array(text(200), { maxItems: 1000 })),
  wanted: Type.Optional(Wanted),
}

const Origin = Type.Union([Type.Literal('booted'), Type.Literal('credential'), Type.Literal('introduced')])

const CarriedNode = Type.Object(
  {
    name: Name,
    ...settings,
    firstSeenAt: Instant,
    inventory: Inventory,
    bootMacs: Type.Array(Mac, { maxItems: 100 }),
    assignedMacs: Type.Optional(Type.Array(Mac, { maxItems: 100 })),
    /** How it came: what comes in a weaker way is not this machine. */
    origins: Type.Optional(Type.Array(Origin, { minItems: 1, maxItems: 3 })),
  },
  { additionalProperties: false },
)
type CarriedNode = Static<typeof CarriedNode>

export function nodeThing(nodes: Nodes): BundleThing {
  const named = (name: string): NodeRecord | undefined => nodes.get(nodes.ownerOf(name) ?? '')
  return {
    kind: 'node',
    schema: CarriedNode,
    names: () => nodes.list().map(({ name }) => name),
    async take(name) {
      const node = named(name)
      return node === undefined ? undefined : { value: carried(node), needs: wantedNeeds(node.wanted ?? {}) }
    },
    faultOf: async ({ name, value }) => (name === (value as CarriedNode).name ? undefined : 'it is called otherwise than it is'),
    async standing({ name, value }) {
      const brought = value as CarriedNode
      const here = named(name)
      if (here === undefined) {
        const other = machineOf(brought, nodes)
        return other === undefined
          ? { kind: 'new' }
          : { kind: 'conflict', because: `the machine ${name} is here as ${other.name}` }
      }
      if (!isMachine(brought, here)) return { kind: 'conflict', because: `node ${name} is another machine here` }
      if (isDeepStrictEqual(plain(settingsOf(here)), plain(settingsOf(brought)))) return { kind: 'equal' }
      return { kind: 'conflict', because: `node ${name} is here with other settings` }
    },
    async put(entry) {
      if ((await this.standing(entry)).kind !== 'new') return
      const { origins = ['booted'], ...brought } = entry.value as CarriedNode
      await nodes.add({ ...brought, origins, id: randomUUID(), lastSeenAt: brought.firstSeenAt, tableIds: [] })
    },
    whatIsHere: async ({ name }) => named(name),
    /** Of the same machine alone: what it is and has is not told by a file. */
    async replace({ name, value }) {
      const brought = value as CarriedNode
      const here = named(name)
      if (here === undefined || !isMachine(brought, here)) return
      const {
        holdReason: _why,
        tags: _tags,
        location: _where,
        notes: _notes,
        configTypes: _types,
        wanted: _wanted,
        ...rest
      } = here
      await nodes.change({ ...rest, ...settingsOf(brought) })
    },
  }
}

type Settings = Pick<NodeRecord, keyof typeof settings>

function settingsOf({ state, holdReason, tags, location, notes, configTypes, wanted }: Settings): Settings {
  const said = { holdReason, tags, location, notes, configTypes, wanted }
  return { state, ...(Object.fromEntries(Object.entries(said).filter(([, value]) => value !== undefined)) as Partial<Settings>) }
}

function carried(node: NodeRecord): CarriedNode {
  const { name, firstSeenAt, inventory, bootMacs, assignedMacs, origins = ['booted'] } = node
  return {
    name,
    ...(settingsOf(node) as Pick<CarriedNode, keyof typeof settings>),
    firstSeenAt,
    inventory,
    bootMacs: [...bootMacs],
    ...(assignedMacs === undefined ? {} : { assignedMacs: [...assignedMacs] }),
    origins: [...origins],
  }
}

/** The node here that is this machine, as a hello would tell. */
function machineOf({ inventory, bootMacs }: CarriedNode, nodes: Nodes): NodeRecord | undefined {
  const [mac = ''] = bootMacs
  const verdict = identify(inventory, mac, nodes.resembling(inventory, mac))
  return verdict.kind === 'known' ? nodes.get(verdict.nodeId) : undefined
}

const isMachine = ({ inventory, bootMacs }: CarriedNode, here: NodeRecord): boolean =>
  bootMacs.some((mac) => here.bootMacs.includes(mac)) || identify(inventory, bootMacs[0] ?? '', [here]).kind === 'known'

const plain = (value: object): object => JSON.parse(JSON.stringify(value)) as object
