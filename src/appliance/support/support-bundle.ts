// What somebody needs who is to find a mistake: what the API shows, the settings, the ends of logs. One JSON text, without secrets. Reads the secrets'
// folder to know what must not be in it.
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { secretValuesIn, withoutKnown, withoutSecretValues } from './leave-out-secrets.ts'

/** Asks the own API in the name of whoever asks for the bundle. */
export type AskApi = (path: string) => Promise<{ readonly status: number; readonly body: string }>

export interface SupportDeps {
  readonly dataDir: string
  readonly version: string
  readonly settings: object
  /** The latest lines of the appliance's own log. */
  readonly recentLog: () => readonly string[]
  /** Of hooks, schedules and other appliances. */
  readonly knownSecrets: () => Iterable<string>
}

const SHOWN = [
  ...['doctor', 'nodes', 'classes', 'approval-rules', 'jobs', 'schedules', 'hooks', 'images', 'images/scrub'],
  ...['packages', 'profiles', 'roll-outs', 'appliances', 'bundle-key'],
]
const MOST_JOB_LOGS = 20
const MOST_LOG_LINES = 300

/** Something that cannot be had costs itself: the bundle says so in its place. */
export async function supportBundle(
  { dataDir, version, settings, recentLog, knownSecrets }: SupportDeps,
  ask: AskApi,
): Promise<string> {
  const parts: Record<string, unknown> = {
    about: {
      version,
      node: process.version,
      platform: `${process.platform} ${process.arch}`,
      upSeconds: Math.round(process.uptime()),
      memory: process.memoryUsage(),
      health: await shown(ask, '/healthz'),
    },
    settings,
  }
  for (const name of SHOWN) parts[name] = await shown(ask, `/api/v1/${name}`)
  parts.jobLogs = await failedJobLogs(parts.jobs, ask)
  parts.log = recentLog().map((line) => parsed(line))
  const known = [...(await secretsIn(join(dataDir, 'secrets'))), ...knownSecrets(), ...secretValuesIn(parts)]
  return `${withoutKnown(JSON.stringify(withoutSecretValues(parts), undefined, 2), known)}\n`
}

async function shown(ask: AskApi, path: string): Promise<unknown> {
  const { status, body } = await ask(path)
  return status === 200 ? parsed(body) : { status, body: parsed(body) }
}

async function failedJobLogs(jobs: unknown, ask: AskApi): Promise<Record<string, readonly string[]>> {
  const { jobs: all = [] } = jobs as { readonly jobs?: readonly { readonly id: string; readonly state: string }[] }
  const failed = all.filter(({ state }) => state === 'failed' || state === 'timed-out').slice(-MOST_JOB_LOGS)
  const logs: Record<string, readonly string[]> = {}
  for (const { id } of failed) {
    const { body } = await ask(`/api/v1/jobs/${encodeURIComponent(id)}/log.txt`)
    logs[id] = body.trimEnd().split('\n').slice(-MOST_LOG_LINES)
  }
  return logs
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

/** Every line of every file there. */
async function secretsIn(folder: string): Promise<readonly string[]> {
  const names = await readdir(folder).catch(() => [])
  const texts = await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8').catch(() => '')))
  return texts.flatMap((text) => text.split('\n').map((line) => line.trim()))
}
