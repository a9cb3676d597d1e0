// The jobs of a list in the older XML as jobs of this appliance: which profile each script means, and posting them whole or not at all.
import { AppError } from '../contract/errors.ts'
import type { ImportedList } from '../contract/job.ts'
import { nearest } from '../contract/nearest.ts'
import type { ProfileView } from '../contract/profile.ts'
import type { ReadJob, ReadJobList } from '../contract/xml/job-list.ts'
import type { NewJob, OperatorApi } from './api.ts'
import { usage } from './arguments.ts'
import type { BatchItem } from './batch-manifest.ts'
import { type BatchJob, postBatch } from './batch-run.ts'

export interface ImportFacts {
  /** Names the file in what is said. */
  readonly where: string
  readonly profiles: readonly ProfileView[]
  /** SCRIPT=PROFILE, the script in small letters. */
  readonly scripts: ReadonlyMap<string, string>
}

/** Every problem at once, each with its line. */
export function requestsOf(list: ReadJobList, facts: ImportFacts): readonly BatchItem[] {
  const problems: string[] = []
  const items = list.jobs.map((job) => {
    const meant = profileOf(job, facts)
    if (typeof meant !== 'string') problems.push(`${facts.where}, line ${meant.line}: ${meant.reason}`)
    return { name: job.id, job: requestOf(job, list, typeof meant === 'string' ? meant : '') }
  })
  if (problems.length === 0) return items
  const hint = 'Nothing was posted. Say which profile stands for a script with --map SCRIPT=PROFILE; docs/xml.md has the rules.'
  throw new AppError('JOB_LIST_INVALID', problems.join('\n'), hint)
}

export function scriptMap(pairs: readonly string[]): ReadonlyMap<string, string> {
  return new Map(
    pairs.map((pair) => {
      const at = pair.lastIndexOf('=')
      if (at < 1) throw usage('job import', `--map takes SCRIPT=PROFILE, not "${pair}"`)
      return [pair.slice(0, at).toLowerCase(), pair.slice(at + 1)]
    }),
  )
}

/** Held at first, so that no machine takes one before all of them are there. */
export async function postWhole(api: OperatorApi, items: readonly BatchItem[]): Promise<readonly BatchJob[]> {
  const posted = await postBatch(
    api,
    items.map(({ name, job }) => ({ name, job: { ...job, held: true } })),
  )
  const offered: BatchJob[] = []
  for (const { name, job } of posted) offered.push({ name, job: await api.resumeJob(job.id) })
  return offered
}

interface Wrong {
  readonly line: number
  readonly reason: string
}

/** INSTALLSCRIPT names the profile. IMAGESCRIPT alone does, too; beside it, it must mean the same: a profile captures what it builds. */
function profileOf(job: ReadJob, facts: ImportFacts): string | Wrong {
  const { installScript, imageScript, lineOf, line } = job
  const named = installScript ?? imageScript
  if (named === undefined)
    return { line, reason: `the job ${job.id} has neither INSTALLSCRIPT nor IMAGESCRIPT: nothing says what to build` }
  const [element, at] =
    installScript === undefined
      ? (['IMAGESCRIPT', lineOf.imageScript] as const)
      : (['INSTALLSCRIPT', lineOf.installScript] as const)
  const profile = meaningOf(named, facts)
  if (profile === undefined) return { line: at, reason: unknownProfile(element, named, facts) }
  if (profile.revision === undefined) {
    const [problem] = profile.problems
    return {
      line: at,
      reason: `${element} "${named}" means the profile ${profile.name}, which has a mistake: ${problem?.reason ?? 'see `platen profile list`'}`,
    }
  }
  if (installScript === undefined || imageScript === undefined) return profile.name
  const ofImage = meaningOf(imageScript, facts)
  if (ofImage === profile || candidatesOf(imageScript, facts).includes(profile.imageName ?? '')) return profile.name
  // How an image is taken is the profile's own business: a path that means nothing here was the older system's way of it.
  if (ofImage === undefined && /[\\/]/.test(imageScript)) return profile.name
  const reason = `IMAGESCRIPT "${imageScript}" means neither the profile ${profile.name} nor its image ${profile.imageName}: a profile captures what it builds`
  return { line: lineOf.imageScript, reason }
}

function meaningOf(script: string, facts: ImportFacts): ProfileView | undefined {
  const names = candidatesOf(script, facts)
  return names.map((name) => facts.profiles.find((profile) => profile.name === name)).find((profile) => profile !== undefined)
}

/** What --map says; else, in small letters, the name of the file with and without its extension, then its folders from the last to the first. */
function candidatesOf(script: string, { scripts }: ImportFacts): readonly string[] {
  const whole = script.toLowerCase()
  const [file = whole, ...folders] = whole
    .split(/[\\/]+/)
    .filter((part) => part !== '')
    .toReversed()
  const mapped = scripts.get(whole) ?? scripts.get(file)
  return mapped === undefined ? [file, file.replace(/\.[^.]*$/, ''), ...folders] : [mapped]
}

function unknownProfile(element: string, script: string, facts: ImportFacts): string {
  const [file = script, bare = file] = candidatesOf(script, facts)
  const name = bare === '' ? file : bare
  const all = facts.profiles.map((profile) => profile.name)
  const close = nearest(name, all)
  const known = close === undefined ? `; there is ${all.join(', ') || 'none'}` : `; the nearest one is ${close}`
  return `${element} "${script}" means the profile ${name}, which is not there${known}`
}

const BATCH_CHARACTERS = 100
const TITLE_CHARACTERS = 200

function requestOf({ id, title, configType, timeoutSeconds }: ReadJob, list: ReadJobList, profile: string): NewJob {
  const batch = (list.buildNumber ?? list.title ?? '')
    .replace(/[^A-Za-z0-9._:/-]+/g, '-')
    .replace(/^[^A-Za-z0-9]+|-+$/g, '')
    .slice(0, BATCH_CHARACTERS)
  return {
    kind: 'build',
    profile,
    title: title ?? id,
    externalId: id,
    batch: batch === '' ? undefined : batch,
    importedFrom: headOf(list),
    needs: configType === undefined ? undefined : { configType },
    completeTimeoutSeconds: timeoutSeconds,
  }
}

function headOf({ title, buildTime, logFile }: ReadJobList): ImportedList | undefined {
  const head = {
    ...(title === undefined ? {} : { title: title.slice(0, TITLE_CHARACTERS) }),
    ...(buildTime === undefined ? {} : { builtAt: buildTime }),
    ...(logFile === undefined ? {} : { logFile }),
  }
  return Object.keys(head).length === 0 ? undefined : head
}
