// The four things that setup and activate can do: extract, copy, template, script. Touches the mounted image.
import { chmod, mkdir, rename, writeFile } from 'node:fs/promises'
import { dirname, posix } from 'node:path'
import { AppError } from '../../contract/errors.ts'
import type { SetupAction } from '../../contract/steps.ts'
import { pathInside } from './inside.ts'
import { fetchBytes, withFile } from './profile-files.ts'
import { runScript, type ScriptScene } from './run-script.ts'
import { fillTemplate } from './template.ts'

export interface ActionScene extends ScriptScene {
  readonly variables: Readonly<Record<string, string>>
  /** So many bytes of an archive have been taken in. */
  onArrived(bytes: number): void
}

const DEFAULT_MODE = '0644'

export function describeAction(action: SetupAction): string {
  if ('extract' in action) return `extract ${action.extract.path} to ${action.to ?? '/'}`
  if ('copy' in action) return `copy ${action.copy.path} to ${action.to}`
  if ('template' in action) return `fill ${action.template.path} into ${action.to}`
  return `run ${action.script.path}${action.chroot ? ' inside the image' : ''}`
}

export async function performAction(action: SetupAction, scene: ActionScene): Promise<void> {
  if ('extract' in action) return extract(action, scene)
  if ('script' in action) return runScript(action, scene)
  if ('copy' in action) return place(await fetchBytes(action.copy, scene.context), action, action.copy.path, scene)
  const text = new TextDecoder().decode(await fetchBytes(action.template, scene.context))
  return place(fillTemplate(text, scene.variables, action.template.path), action, action.template.path, scene)
}

async function extract(
  action: Extract<SetupAction, { extract: unknown }>,
  { machine, context, onArrived }: ActionScene,
): Promise<void> {
  const directory = await pathInside(machine.target.directory, action.to ?? '/')
  await mkdir(directory, { recursive: true })
  const unpack = (body: ReadableStream<Uint8Array>) => machine.target.extract(body, action.extract.path, directory, context)
  await withFile(action.extract, context, unpack, onArrived)
}

/** By a temporary name and a rename: what stood at that name, a link included, is replaced and never written through. */
async function place(
  content: Uint8Array | string,
  { to, mode = DEFAULT_MODE }: { readonly to: string; readonly mode?: string },
  source: string,
  { machine }: ActionScene,
): Promise<void> {
  // "to: /usr/local/bin/" keeps the file's own name.
  const full = to.endsWith('/') ? `${to}${posix.basename(source)}` : to
  if (posix.basename(full) === '..')
    throw invalid(`"${to}" names no file`, 'Give the whole path that the file gets in the image.')
  if (!/^[0-7]{3,4}$/.test(mode)) throw invalid(`the mode "${mode}" of ${to} is not octal`, 'Write it as in `mode: "0755"`.')

  const directory = await pathInside(machine.target.directory, posix.dirname(full))
  const path = posix.join(directory, posix.basename(full))
  await mkdir(dirname(path), { recursive: true })
  await writeFile(`${path}.platen-new`, content)
  await chmod(`${path}.platen-new`, Number.parseInt(mode, 8))
  await rename(`${path}.platen-new`, path)
}

function invalid(message: string, hint: string): AppError {
  return new AppError('AGENT_PATH_INVALID', message, hint)
}
