// What is decided before a bundle is installed, and the installation: from the point of no return to its end, any number of times over.
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { BroughtBundle, BundleEntry, InstalledBundle, OnConflict } from '../../contract/bundle.ts'
import { syncFolder } from '../../store/index.ts'
import { conflict } from './image-things.ts'
import type { BundleThing, Staged, Standing } from './kind.ts'
import type { Things } from './selection.ts'

export interface Planned {
  readonly entry: BundleEntry
  readonly thing: BundleThing
  readonly standing: Standing
}

type Done = InstalledBundle['entries'][number]

export async function planOf(entries: readonly BundleEntry[], things: Things): Promise<readonly Planned[]> {
  const planned: Planned[] = []
  for (const entry of entries) {
    const thing = things.get(entry.kind)!
    planned.push({ entry, thing, standing: await thing.standing(entry) })
  }
  return planned
}

export const viewOf = ({ entry, standing }: Planned): BroughtBundle['entries'][number] => ({
  ...namedOf(entry),
  standing: standing.kind,
  ...(standing.kind === 'conflict' ? { because: standing.because } : {}),
})

/** Throws BUNDLE_CONFLICT when something would be in the way, or would lead nowhere. */
export function refuseConflicts(plan: readonly Planned[], onConflict: OnConflict, things: Things): void {
  const isInTheWay = ({ thing, standing }: Planned) =>
    standing.kind === 'conflict' && (onConflict === 'refuse' || (onConflict === 'replace' && thing.replace === undefined))
  const reasons = plan.flatMap((each) => (isInTheWay(each) && each.standing.kind === 'conflict' ? [each.standing.because] : []))
  if (reasons.length > 0) throw conflict(reasons.slice(0, 5).join('; '))
  const brought = new Set(plan.map(({ entry: { kind, name } }) => `${kind} ${name}`))
  for (const { entry, thing, standing } of plan) {
    if (standing.kind === 'equal') continue
    const lost = thing
      .needsOf?.(entry)
      .find(({ kind, name }) => !brought.has(`${kind} ${name}`) && things.get(kind)?.names().includes(name) !== true)
    if (lost !== undefined)
      throw conflict(`${entry.kind} ${entry.name} needs ${lost.kind} ${lost.name}, which is neither here nor in the bundle`)
  }
}

/** Every entry in its order. What came between since the plan was made is kept: nothing that is here is lost. */
export async function putAll(
  entries: readonly BundleEntry[],
  { onConflict, staged, aside, things }: { onConflict: OnConflict; staged: Staged; aside: string; things: Things },
): Promise<readonly Done[]> {
  const done: Done[] = []
  for (const entry of entries) {
    const thing = things.get(entry.kind)!
    const standing = await thing.standing(entry)
    const named = namedOf(entry)
    if (standing.kind === 'equal') done.push({ ...named, done: 'equal' })
    else if (standing.kind === 'new') {
      await thing.put(entry, staged)
      done.push({ ...named, done: 'installed' })
    } else if (onConflict === 'replace' && thing.replace !== undefined) {
      await keepAside(aside, entry, thing)
      await thing.replace(entry, staged)
      done.push({ ...named, done: 'replaced' })
    } else done.push({ ...named, done: 'kept', because: standing.because })
  }
  return done
}

/** Once: what is here the second time may be half of what is new. It may hold secrets. */
async function keepAside(folder: string, entry: BundleEntry, thing: BundleThing): Promise<void> {
  if (thing.whatIsHere === undefined) return
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const path = join(folder, `${entry.kind}.${encodeURIComponent(entry.name)}.json`)
  const text = `${JSON.stringify(await thing.whatIsHere(entry), undefined, 2)}\n`
  await writeFile(path, text, { flag: 'wx', mode: 0o600, flush: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error
  })
  await syncFolder(folder)
}

const namedOf = ({ kind, name, leftOut }: BundleEntry) => ({ kind, name, ...(leftOut === undefined ? {} : { leftOut }) })
