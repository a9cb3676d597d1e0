// Classes, rules, schedules and hooks in a composite bundle: what people set, without secrets. Kept in the store.
import { isDeepStrictEqual } from 'node:util'
import type { Static, TSchema } from 'typebox'
import type { JobRequest } from '../../contract/job.ts'
import { Hook } from '../../contract/notices.ts'
import { ApprovalRule, NodeClass } from '../../contract/operator-api.ts'
import { Schedule } from '../../contract/schedules.ts'
import { type BundleThing, type Need, speaksOfSecrets, withoutCloudSecrets } from '../../library/index.ts'
import type { RecordStore } from '../../store/index.ts'
import type { NodeClassRecord } from '../node/classes.ts'
import type { ApprovalRuleRecord, NodeLife } from '../node/life.ts'
import type { Nodes } from '../node/nodes.ts'
import type { HookRecord } from '../notices/notices.ts'
import type { ScheduleRecord } from '../schedule/schedules.ts'
import { wantedNeeds } from './wanted-needs.ts'

interface Setting<R extends { readonly id: string }> {
  readonly kind: BundleThing['kind']
  readonly schema: TSchema
  readonly store: RecordStore<R>
  /** What travels of a record, and what does not. undefined: it stays where it is. */
  readonly carry: (
    record: R,
  ) => { readonly value: object; readonly leftOut: readonly string[]; readonly needs?: readonly Need[] } | undefined
  /** For the comparison: what says the same although it differs. */
  readonly meaning?: (value: object) => object
  readonly record: (name: string, value: object) => R
  readonly after?: () => Promise<void>
}

/** A record by its name, in the place of whatever is there. */
function settingThing<R extends { readonly id: string }>(setting: Setting<R>): BundleThing {
  const { kind, schema, store, carry, record, meaning = (value) => value, after } = setting
  const put = async ({ name, value }: { readonly name: string; readonly value: unknown }) => {
    await store.put(record(name, value as object))
    await after?.()
  }
  return {
    kind,
    schema,
    names: () => [...store.values()].flatMap((each) => (carry(each) === undefined ? [] : [each.id])).sort(),
    take: async (name) => {
      const found = store.get(name)
      return found === undefined ? undefined : carry(found)
    },
    async standing({ name, value }) {
      const found = store.get(name)
      if (found === undefined) return { kind: 'new' }
      const here = carry(found)?.value
      const isEqual = here !== undefined && isDeepStrictEqual(meaning(plain(here)), meaning(plain(value as object)))
      return isEqual ? { kind: 'equal' } : { kind: 'conflict', because: `${kind} ${name} is here with other content` }
    },
    async put(entry) {
      if (store.get(entry.name) === undefined) await put(entry)
    },
    whatIsHere: async ({ name }) => store.get(name),
    replace: put,
  }
}

/** As it comes out of a file: without what is undefined. */
const plain = (value: object): object => JSON.parse(JSON.stringify(value)) as object

export function classThing(store: RecordStore<NodeClassRecord>): BundleThing {
  return settingThing<NodeClassRecord>({
    kind: 'class',
    schema: NodeClass,
    store,
    carry: ({ id: _id, ...nodeClass }) => ({ ...withoutCloudSecrets(nodeClass), needs: wantedNeeds(nodeClass) }),
    record: (name, value) => ({ ...(value as Static<typeof NodeClass>), id: name }),
  })
}

/** With how many machines each has approved: a limit stays one. Machines that wait are looked at, too. */
export function ruleThing(rules: RecordStore<ApprovalRuleRecord>, nodeLife: NodeLife, nodes: Nodes): BundleThing {
  return settingThing<ApprovalRuleRecord>({
    kind: 'rule',
    schema: ApprovalRule,
    store: rules,
    carry: (rule) => ({ value: rule, leftOut: [] }),
    meaning: (value) => ({ ...value, used: 0 }),
    record: (_name, value) => value as ApprovalRuleRecord,
    async after() {
      for (const node of nodes.list()) await nodeLife.welcome(node)
    },
  })
}

interface ScheduleThingDeps {
  readonly schedules: RecordStore<ScheduleRecord>
  /** When it posts next; null: never more. */
  readonly nextAtMs: (schedule: Schedule) => number | null
  /** Nodes have other ids elsewhere. */
  readonly nameOfNode: (idOrName: string) => string
}

/** One whose only turn is over stays behind: elsewhere it would come once more. */
export function scheduleThing({ schedules, nextAtMs, nameOfNode }: ScheduleThingDeps): BundleThing {
  return settingThing<ScheduleRecord>({
    kind: 'schedule',
    schema: Schedule,
    store: schedules,
    carry({ id: _id, nextAtMs: next, lastJobId: _last, lastFailure: _why, ...schedule }) {
      if (next === null) return undefined
      const { node } = schedule.job
      const named = node === undefined ? schedule.job : { ...schedule.job, node: nameOfNode(node) }
      const { value: job, leftOut } = withoutJobSecrets(named)
      return { value: { ...schedule, job }, leftOut, needs: jobNeeds(job) }
    },
    record: (name, value) => ({ ...(value as Schedule), id: name, nextAtMs: nextAtMs(value as Schedule) }),
  })
}

function withoutJobSecrets(job: JobRequest): { readonly value: JobRequest; readonly leftOut: readonly string[] } {
  const { value, leftOut } = withoutCloudSecrets(job)
  const secret = Object.keys(value.variables ?? {}).filter(speaksOfSecrets)
  if (secret.length === 0) return { value, leftOut }
  const variables = Object.fromEntries(Object.entries(value.variables ?? {}).filter(([name]) => !secret.includes(name)))
  return { value: { ...value, variables }, leftOut: [...leftOut, ...secret.map((name) => `job.variables.${name}`)] }
}

function jobNeeds({ image, version, node, profile, packages = [] }: JobRequest): readonly Need[] {
  const ofImage: Need[] =
    image === undefined
      ? []
      : [version === undefined ? { kind: 'newest-image', imageName: image } : { kind: 'image', name: `${image}@${version}` }]
  return [
    ...ofImage,
    ...(node === undefined ? [] : [{ kind: 'node' as const, name: node }]),
    ...(profile === undefined ? [] : [{ kind: 'profile' as const, name: profile }]),
    { kind: 'packages-for', packages, features: [], architectures: [] },
  ]
}

/** Without secret, password and what stands in an address beside the place: they have to be said again where it is installed. */
export function hookThing(hooks: RecordStore<HookRecord>): BundleThing {
  return settingThing<HookRecord>({
    kind: 'hook',
    schema: Hook,
    store: hooks,
    carry: ({ id: _id, ...hook }) => withoutHookSecrets(hook as Hook),
    record: (name, value) => ({ ...(value as Hook), id: name }),
  })
}

function withoutHookSecrets(hook: Hook): { readonly value: Hook; readonly leftOut: readonly string[] } {
  switch (hook.kind) {
    case 'webhook': {
      const { secret, url, ...rest } = hook
      const bare = URL.parse(url)
      // Not an address that anything could be sent to; nothing can be told apart in it.
      if (bare === null) return { value: { ...rest, url: 'http://invalid' }, leftOut: ['url'] }
      const hasMore = bare.username !== '' || bare.password !== '' || bare.search !== ''
      Object.assign(bare, { username: '', password: '', search: '' })
      return {
        value: { ...rest, url: hasMore ? bare.href : url },
        leftOut: [...(secret === undefined ? [] : ['secret']), ...(hasMore ? ['url: user, password, query'] : [])],
      }
    }
    case 'mail': {
      const { password, ...rest } = hook
      return { value: rest, leftOut: password === undefined ? [] : ['password'] }
    }
    case 'script':
      return { value: hook, leftOut: ['the program itself, in the folder hooks'] }
  }
}
