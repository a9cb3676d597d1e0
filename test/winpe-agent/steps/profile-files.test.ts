import { describe, expect, it } from 'vitest'
import { fetchBytes, withFile } from '../../../src/winpe-agent/steps/profile-files.ts'
import { stepScene } from '../../fakes/step-scene.ts'

const broken = () =>
  new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(new TextEncoder().encode('hal'))
    },
    pull(controller) {
      controller.error(new TypeError('terminated'))
    },
  })
const wrong = () => new Blob(['hallo']).stream()

describe('files of the profile', () => {
  it('are fetched by path and come whole', async () => {
    const { context, client } = stepScene([], [])
    const file = client.add('files/a b#.txt', 'hello')
    expect(new TextDecoder().decode(await fetchBytes(file, context))).toBe('hello')
  })

  it('are fetched again as often as the connection breaks, and once after a wrong digest', async () => {
    const { context, client, lines } = stepScene([], [])
    const file = client.add('a', 'hello')
    client.disturb = (_, times) => (times <= 2 ? broken() : times === 3 ? wrong() : undefined)
    expect(new TextDecoder().decode(await fetchBytes(file, context))).toBe('hello')
    expect(lines).toHaveLength(3)
  })

  it('are refused after two wrong digests', async () => {
    const { context, client } = stepScene([], [])
    const file = client.add('a', 'hello')
    client.disturb = wrong
    await expect(fetchBytes(file, context)).rejects.toMatchObject({ code: 'AGENT_FILE_CORRUPT' })
  })

  it('blame the wire, not the consumer that stumbled over damaged bytes', async () => {
    const { context, client } = stepScene([], [])
    const file = client.add('a.tar', 'hello')
    client.disturb = (_, times) => (times === 1 ? wrong() : undefined)
    let attempts = 0
    await withFile(file, context, async (body) => {
      if (++attempts === 1) throw new Error('tar: this does not look like an archive')
      expect(await new Response(body).text()).toBe('hello')
    })
    expect(attempts).toBe(2)
  })

  it('blame the consumer when the bytes were right', async () => {
    const { context, client } = stepScene([], [])
    const file = client.add('a.tar', 'hello')
    await expect(withFile(file, context, () => Promise.reject(new Error('no space left')))).rejects.toThrow('no space left')
    expect(client.downloads).toHaveLength(1)
  })

  it.each(['../secret', 'a//b', '/etc/passwd', 'a/./b', ''])('never leave their folder: "%s"', async (path) => {
    const { context, client } = stepScene([], [])
    await expect(fetchBytes(client.add(path, ''), context)).rejects.toMatchObject({ code: 'AGENT_PATH_INVALID' })
  })
})
