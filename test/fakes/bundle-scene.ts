// Two appliances of which one gives the other a composite bundle, asked over HTTP without a port.
import type { BroughtBundle, InstalledBundle, OnConflict } from '../../src/contract/bundle.ts'
import { COMPOSITE_TYPE } from '../../src/contract/bundle.ts'
import { PACKAGE_TYPE } from '../../src/contract/package.ts'
import { tarOf } from './deb-file.ts'
import { type Answer, OrchestratorScene } from './orchestrator-scene.ts'
import { captureTiny } from './scene-images.ts'
import { smallBuild } from './small-build.ts'

/** What nobody else may ever read. */
export const PLANTED = {
  hook: 'hook-secret-7f31c9',
  mail: 'mail-password-51aa0e',
  query: 'query-token-9d02b7',
  cloud: 'cloud-password-3c18f4',
  variable: 'variable-secret-e604d2',
}

/** Something of every kind, with a secret wherever one can stand. */
export async function furnish(scene: OrchestratorScene): Promise<void> {
  const machine = await scene.approved(1)
  await captureTiny(scene, machine, 1)
  await captureTiny(scene, machine, 2)
  const said = await Promise.all([
    scene.operator('PUT', '/images/tiny/versions/2/tags/stable'),
    addPackage(scene, 'editor', '1.2.0', 'an editor'),
    addPackage(scene, 'library', '2.0.0', 'a library'),
  ])
  const first = smallBuild('x64')
  const second = smallBuild('x64', { vmlinuz: 'another kernel', 'loaders/snponly.efi': 'another loader' })
  await scene.rooms.library.bootBuilds.add(first.record, first.open)
  await scene.rooms.library.bootBuilds.add(second.record, second.open, { number: 4 })
  const settings: readonly (readonly ['PUT' | 'POST' | 'PATCH', string, object])[] = [
    [
      'PUT',
      '/classes/lab',
      {
        selector: { tags: ['lab'] },
        runs: [{ image: 'tiny', tag: 'stable' }],
        packages: [{ name: 'editor' }],
        personalise: { cloudInit: { userData: `#cloud-config\npassword: ${PLANTED.cloud}\n`, networkConfig: 'version: 2\n' } },
      },
    ],
    ['PUT', '/classes/kiosk', { selector: { tags: ['kiosk'] }, bootOs: { build: 4 } }],
    ['PATCH', '/nodes/node-1', { tags: ['lab'], location: 'rack 5', notes: 'the first one' }],
    ['POST', '/approval-rules', { title: 'rack 5', macPrefixes: ['52:54:00'], limit: 3 }],
    [
      'PUT',
      '/schedules/nightly',
      {
        cron: '30 2 * * *',
        job: { kind: 'build', profile: 'tiny', node: 'node-1', variables: { rootPassword: PLANTED.variable, version: '3' } },
      },
    ],
    [
      'PUT',
      '/hooks/chat',
      { kind: 'webhook', events: ['job.failed'], url: `https://site.example/in?token=${PLANTED.query}`, secret: PLANTED.hook },
    ],
    [
      'PUT',
      '/hooks/mail',
      {
        kind: 'mail',
        events: ['job.failed'],
        host: 'mail.site.example',
        encryption: 'tls',
        user: 'platen',
        password: PLANTED.mail,
        from: 'platen@site.example',
        to: ['admin@site.example'],
      },
    ],
  ]
  for (const [method, path, body] of settings) said.push(await scene.operator(method, path, body))
  const refused = said.find(({ status }) => status >= 300)
  if (refused !== undefined) throw new Error(`${refused.status} ${JSON.stringify(refused.body)}`)
}

export async function addPackage(
  scene: OrchestratorScene,
  name: string,
  version: string,
  content: string,
): Promise<Answer<unknown>> {
  const folder = tarOf({
    'package.yaml': `name: ${name}\nversion: ${version}\nfiles:\n  - { file: data, to: /opt/${name} }\n`,
    data: content,
  })
  return sent(scene, '/packages', PACKAGE_TYPE, folder)
}

export async function bundleOf(scene: OrchestratorScene, ...select: readonly string[]): Promise<Buffer> {
  const query = select.map((wish) => `select=${encodeURIComponent(wish)}`).join('&')
  const headers = { authorization: `Bearer ${scene.operatorToken}` }
  const answer = await scene.app.inject({ url: `/api/v1/bundle?${query}`, headers })
  if (answer.statusCode !== 200) throw new Error(answer.body)
  return answer.rawPayload
}

type Refusal = { readonly code: string; readonly detail: string }

/** Left out: its own key is believed. */
export function bring(
  scene: OrchestratorScene,
  bundle: Uint8Array,
  trust: string = 'trustNewKey=true',
): Promise<Answer<BroughtBundle & Refusal>> {
  return sent(scene, `/bundles?${trust}`, COMPOSITE_TYPE, Buffer.from(bundle))
}

export function install(
  scene: OrchestratorScene,
  { id }: Pick<BroughtBundle, 'id'>,
  onConflict: OnConflict = 'refuse',
): Promise<Answer<InstalledBundle & Refusal>> {
  return scene.operator('POST', `/bundles/${id}/install`, { onConflict })
}

/** Each thing of it, by what became of it: "image tiny@1: new". */
export const standingsOf = ({ entries }: BroughtBundle): readonly string[] =>
  entries.map(({ kind, name, standing }) => `${kind} ${name}: ${standing}`)

export const doneOf = ({ entries }: InstalledBundle): readonly string[] =>
  entries.map(({ kind, name, done }) => `${kind} ${name}: ${done}`)

/** An appliance with nothing of its own. */
export async function emptyScene(): Promise<OrchestratorScene> {
  const scene = new OrchestratorScene()
  await scene.begin()
  return scene
}

async function sent<T>(scene: OrchestratorScene, path: string, type: string, payload: Buffer): Promise<Answer<T>> {
  const headers = { authorization: `Bearer ${scene.operatorToken}`, 'content-type': type }
  const answer = await scene.app.inject({ method: 'POST', url: `/api/v1${path}`, headers, payload })
  return { status: answer.statusCode, body: JSON.parse(answer.body) as T }
}
