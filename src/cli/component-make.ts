// Makes the components of one profile with the profile's own scripts. Starts processes; writes where the scripts write.
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { execa } from 'execa'
import { AppError } from '../contract/errors.ts'
import type { Profile } from '../contract/profile.ts'

export type Component = NonNullable<Profile['components']>[number]

export interface MakeRequest {
  /** Whole path of the profile's folder. */
  readonly folder: string
  readonly component: Component
  /** Files that scripts of this profile make: never an input. */
  readonly outputs: readonly string[]
  readonly signal: AbortSignal
  onLine(line: string): void
}

/** made; or current: the file is there and was made from what the folder holds now. */
export async function makeComponent(request: MakeRequest, isForced: boolean): Promise<'made' | 'current'> {
  const { folder, component } = request
  const stampFile = join(folder, dirname(component.file), `.${basename(component.file)}.made`)
  const inputs = digestOfInputs(folder, request.outputs)
  if (!isForced && isFilled(join(folder, component.file)) && readOrEmpty(stampFile) === inputs) return 'current'

  await runScript(request)
  if (!isFilled(join(folder, component.file))) {
    throw new AppError(
      'CLI_MAKE_FAILED',
      `${component.make} ended well but left no ${component.file}`,
      'The script writes its component to that path, seen from the folder of the profile.',
    )
  }
  writeFileSync(stampFile, inputs)
  return 'made'
}

async function runScript({ folder, component, signal, onLine }: MakeRequest): Promise<void> {
  const last: string[] = []
  const script = execa('/bin/sh', [component.make!], {
    cwd: folder,
    all: true,
    buffer: false,
    stdin: 'ignore',
    reject: false,
    cancelSignal: signal,
  })
  for await (const line of script.iterable({ from: 'all' })) {
    onLine(line)
    last.push(line)
    if (last.length > 20) last.shift()
  }
  const result = await script
  signal.throwIfAborted()
  if (!result.failed) return
  const how = result.signal === undefined ? `exit status ${result.exitCode}` : `signal ${result.signal}`
  throw new AppError(
    'CLI_MAKE_FAILED',
    `${component.make} for component ${component.name} ended with ${how}:\n${last.join('\n')}`,
    `Run it by hand to see more: cd ${folder} && sh -x ${component.make}`,
  )
}

/**
 * Every file of the folder but profile.yaml and what scripts make: a script may read any of them. profile.yaml is left out
 * because its variables are filled in when a job runs, and a new value must not cost a new root archive.
 */
function digestOfInputs(folder: string, outputs: readonly string[]): string {
  const hash = createHash('sha256')
  for (const path of readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort()) {
    const isInput = path !== 'profile.yaml' && !outputs.includes(path) && !basename(path).startsWith('.')
    if (isInput && statSync(join(folder, path)).isFile()) hash.update(`${path}\n`).update(readFileSync(join(folder, path)))
  }
  return hash.digest('hex')
}

function isFilled(file: string): boolean {
  return (statSync(file, { throwIfNoEntry: false })?.size ?? 0) > 0
}

function readOrEmpty(file: string): string {
  return statSync(file, { throwIfNoEntry: false }) === undefined ? '' : readFileSync(file, 'utf8')
}
