// What a rack makes on this machine goes again, also when its owner was killed; what others made stays.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { expect, it } from 'vitest'
import { APPLIANCE_ADDRESS, RackNetwork } from './network.ts'
import { run } from './owned-process.ts'

const namespaces = async () => (await run('ip', ['netns', 'list'])).split('\n').map((line) => line.split(' ')[0])

it('leaves nothing behind', async () => {
  const network = await RackNetwork.create()
  await network.addTap()
  const neighbour = await network.addNeighbour('10.77.0.2')
  expect(await namespaces()).toEqual(expect.arrayContaining([network.namespace, neighbour]))
  await run('ip', ['netns', 'exec', neighbour, 'busybox', 'ping', '-c', '1', '-W', '5', APPLIANCE_ADDRESS])
  await network.remove()
  await network.remove()
  expect(await namespaces()).not.toContain(network.namespace)
  expect(await namespaces()).not.toContain(neighbour)
  expect(existsSync(network.directory)).toBe(false)
})

it('clears away what a killed owner left, and nothing else', async () => {
  const script = `
    const { RackNetwork } = await import('${import.meta.dirname}/network.ts')
    console.log((await RackNetwork.create()).namespace)
    setInterval(() => {}, 1000)`
  const owner = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [said] = (await once(owner.stdout, 'data')) as [Buffer]
  const abandoned = said.toString().trim()
  const foreign = `not-a-rack-${process.pid}`
  await run('ip', ['netns', 'add', foreign])
  try {
    const early = await RackNetwork.create()
    expect(await namespaces()).toContain(abandoned) // its owner lives
    owner.kill('SIGKILL')
    await once(owner, 'close')
    const late = await RackNetwork.create()
    expect(await namespaces()).not.toContain(abandoned)
    expect(await namespaces()).toEqual(expect.arrayContaining([foreign, early.namespace, late.namespace]))
    await early.remove()
    await late.remove()
  } finally {
    await run('ip', ['netns', 'delete', foreign])
  }
})
