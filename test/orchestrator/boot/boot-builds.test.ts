// A node's boot OS over HTTP: chosen by number, variant, class and model; named in the boot answer; told by the machine; kept while it is wanted.
import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { BootBuildList, BootedSystem } from '../../../src/contract/boot-build.ts'
import type { NodeWanted } from '../../../src/contract/wanted.ts'
import { inventoryOf } from '../../fakes/inventories.ts'
import { bootClientOf, OrchestratorScene, type SceneMachine } from '../../fakes/orchestrator-scene.ts'

let scene: OrchestratorScene
let machine: SceneMachine

beforeEach(async () => {
  scene = await OrchestratorScene.open({ bootModels: [{ manufacturer: 'No such maker', build: 9 }] })
  await addBuild('one')
  await addBuild('two', true)
  await addBuild('three', true, 'cards')
  machine = await scene.approved(1)
})
afterEach(() => scene[Symbol.asyncDispose]())

const digestOf = (text: string) => createHash('sha256').update(text).digest('hex')

async function addBuild(text: string, use = false, variant?: string): Promise<void> {
  const names = ['vmlinuz', 'initrd.img', 'agent.img', ...(variant === undefined ? [] : ['variant.img'])]
  const artefacts = names.map((name) => ({ name, sizeBytes: text.length, digest: digestOf(text) }))
  const record = { architecture: 'x64' as const, builtAt: '2026-01-01T00:00:00.000Z', artefacts, inputs: [] }
  const open = () => Readable.from([Buffer.from(text)])
  await scene.rooms.library.bootBuilds.add({ ...record, ...(variant === undefined ? {} : { variant }) }, open, { use })
}

const setNode = (body: object) => scene.operator<{ code?: string }>('PUT', `/nodes/${machine.nodeName}/wanted`, body)
const setClass = (body: object) => scene.operator('PUT', '/classes/all', { selector: { architecture: 'x64' }, ...body })
const view = async () => (await scene.operator<NodeWanted>('GET', `/nodes/${machine.nodeName}/wanted`)).body.bootOs
const list = async () => (await scene.operator<BootBuildList>('GET', '/boot-builds')).body.builds
const remove = (number: number) => scene.operator<{ code?: string; detail?: string }>('DELETE', `/boot-builds/x64/${number}`)

/** What its next start is told, when it ends in the boot OS. */
async function nextBoot() {
  await scene.operator('POST', `/nodes/${machine.nodeName}/prove`)
  const answer = scene.orchestrator.bootAnswer(bootClientOf(1))
  if (answer.kind !== 'boot-os') throw new Error(`it is told ${answer.kind}`)
  return { kernel: answer.files?.kernelPath, initrds: answer.files?.initrdPaths.length, words: answer.kernelArguments.slice(3) }
}

const helloWith = (bootOs: BootedSystem) => machine.ask('/hello', { agentVersion: '1', inventory: inventoryOf(1), bootOs })

const USUAL = ['console=tty0', 'console=ttyS0,115200']

describe('the boot answer', () => {
  it('names the build in use where nobody asks for another, also for a machine that was never seen', async () => {
    expect(await nextBoot()).toMatchObject({ kernel: '/boot-os/x64/2/vmlinuz', initrds: 2, words: expect.arrayContaining(USUAL) })
    const stranger = scene.orchestrator.bootAnswer(bootClientOf(7))
    expect(stranger).toMatchObject({ kind: 'boot-os', files: { kernelPath: '/boot-os/x64/2/vmlinuz' } })
    expect(stranger.kind === 'boot-os' && stranger.kernelArguments).toContain('platen.build=2')
  })

  it('goes by the node over its class, field by field, and back', async () => {
    await setClass({ bootOs: { variant: 'cards', kernelArguments: ['from=class'] } })
    expect(await nextBoot()).toMatchObject({ kernel: '/boot-os/x64/3/vmlinuz', initrds: 3 })
    await setNode({ bootOs: { build: 1, console: ['tty0', 'ttyS1,115200'] } })
    const { kernel, words } = await nextBoot()
    expect(kernel).toBe('/boot-os/x64/1/vmlinuz')
    expect(words.slice(0, 3)).toEqual(['platen.build=1', 'console=tty0', 'console=ttyS1,115200'])
    expect(words).toContain('from=class')
    expect(words).not.toContain('console=ttyS0,115200')
    await setNode({})
    expect(await nextBoot()).toMatchObject({ kernel: '/boot-os/x64/3/vmlinuz' })
  })

  it('follows the build in use at once, in memory', async () => {
    await scene.operator('POST', '/boot-builds/x64/1/use')
    expect(await nextBoot()).toMatchObject({ kernel: '/boot-os/x64/1/vmlinuz' })
  })

  it('survives a restart', async () => {
    await setNode({ bootOs: { build: 1 } })
    await scene.killAndBegin()
    expect(await nextBoot()).toMatchObject({ kernel: '/boot-os/x64/1/vmlinuz' })
  })
})

describe('what is wanted and what is there', () => {
  it('says who says it, what comes next, and what the machine booted', async () => {
    await setClass({ bootOs: { build: 1 } })
    expect(await view()).toEqual({
      which: { build: 1, from: 'class all' },
      nextBuild: 1,
      next: 'build 1, as class all says',
      present: 'not told yet',
    })
    await helloWith({ build: 2 })
    expect(await view()).toMatchObject({ booted: { build: 2 }, present: 'build 2, which does not say what it was made from' })
    await helloWith({ build: 1, recipe: 'c'.repeat(64) })
    expect((await view()).present).toMatch(/^something else than build 1/)
  })

  it.each([
    { wish: { build: 8 }, code: 'BOOT_BUILD_NOT_FOUND' },
    { wish: { variant: 'none' }, code: 'BOOT_BUILD_NOT_FOUND' },
    { wish: { build: 3, variant: 'cards' }, code: 'REQUEST_INVALID' },
    { wish: { console: ['ttyS1 quiet'] }, code: 'REQUEST_INVALID' },
    { wish: {}, code: 'REQUEST_INVALID' },
  ])('refuses $wish with $code', async ({ wish, code }) => {
    expect((await setNode({ bootOs: wish })).body.code).toBe(code)
    expect((await view()).which).toBeUndefined()
  })
})

describe('a build stays', () => {
  it('while a node or a class asks for it, and the refusal says who', async () => {
    await setNode({ bootOs: { build: 1 } })
    await setClass({ bootOs: { variant: 'cards' } })
    expect(await remove(1)).toMatchObject({ status: 409, body: { code: 'BOOT_BUILD_IN_USE' } })
    expect(JSON.stringify((await remove(1)).body)).toContain(`node ${machine.nodeName} wants it`)
    expect(JSON.stringify((await remove(3)).body)).toContain('class all wants it')
    expect((await list()).map(({ number, wantedBy }) => [number, wantedBy])).toEqual([
      [3, ['class all wants it']],
      [2, []],
      [1, [`node ${machine.nodeName} wants it`]],
    ])
    await setNode({})
    expect((await remove(1)).status).toBe(204)
    expect((await list()).map(({ number }) => number)).toEqual([3, 2])
  })

  it('while it is in use, and who is not there is told so', async () => {
    expect((await remove(2)).body.code).toBe('BOOT_BUILD_IN_USE')
    expect((await remove(9)).body.code).toBe('BOOT_BUILD_NOT_FOUND')
  })
})
