// What setup and activate can do: extract, copy, template, script, and configuration files of the appliance. Touches the mounted image.
import { mkdir } from 'node:fs/promises'
import { posix } from 'node:path'
import type { SetupAction } from '../../contract/steps.ts'
import { pathInside } from './inside.ts'
import { placeFile, writeConfiguration } from './place-file.ts'
import { fetchBytes, withFile } from './profile-files.ts'
import { runScript, type ScriptScene } from './run-script.ts'
import { fillTemplate } from './template.ts'

export interface ActionScene extends ScriptScene {
  readonly variables: Readonly<Record<string, string>>
  /** So many bytes of an archive have been taken in. */
  onArrived(bytes: number): void
}

export function describeAction(action: SetupAction): string {
  if ('extract' in action) return `extract ${action.extract.path} to ${action.to ?? '/'}`
  if ('write' in action) return `write ${action.write.to}`
  if ('copy' in action) return `copy ${action.copy.path} to ${action.to}`
  if ('template' in action) return `fill ${action.template.path} into ${action.to}`
  return `run ${action.script.path}${action.chroot ? ' inside the image' : ''}`
}

export async function performAction(action: SetupAction, scene: ActionScene): Promise<void> {
  if ('extract' in action) return extract(action, scene)
  if ('script' in action) return runScript(action, scene)
  if ('write' in action) return void (await writeConfiguration(scene.machine.target.directory, [action.write], scene.context.log))
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

async function place(
  content: Uint8Array | string,
  { to, mode }: { readonly to: string; readonly mode?: string },
  source: string,
  { machine }: ActionScene,
): Promise<void> {
  // "to: /usr/local/bin/" keeps the file's own name.
  const full = to.endsWith('/') ? `${to}${posix.basename(source)}` : to
  await placeFile(machine.target.directory, { to: full, ...(mode === undefined ? {} : { mode }), content })
}
