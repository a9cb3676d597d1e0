// Puts a package into a scene the way a person does: a .deb is sent.
import { PACKAGE_TYPE } from '../../src/contract/package.ts'
import { debOf, tarOf } from './deb-file.ts'
import type { OrchestratorScene } from './orchestrator-scene.ts'

export async function bringPackage(scene: OrchestratorScene, name: string, version: string, more = ''): Promise<void> {
  const control = `Package: ${name}\nVersion: ${version}\nArchitecture: all\nMaintainer: ops\n${more}Description: something\n`
  const answer = await scene.app.inject({
    method: 'POST',
    url: '/api/v1/packages',
    headers: { authorization: `Bearer ${scene.operatorToken}`, 'content-type': PACKAGE_TYPE },
    payload: debOf(control),
  })
  if (answer.statusCode !== 201) throw new Error(`${answer.statusCode} ${answer.body}`)
}

/** A package as a folder: package.yaml and its files. */
export async function bringFolder(scene: OrchestratorScene, files: Readonly<Record<string, string>>): Promise<void> {
  const answer = await scene.app.inject({
    method: 'POST',
    url: '/api/v1/packages',
    headers: { authorization: `Bearer ${scene.operatorToken}`, 'content-type': PACKAGE_TYPE },
    payload: tarOf(files),
  })
  if (answer.statusCode !== 201) throw new Error(`${answer.statusCode} ${answer.body}`)
}
