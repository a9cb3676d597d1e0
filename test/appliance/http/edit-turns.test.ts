// One edit after the other, also when one that waits for its turn is given up.
import { EventEmitter, once } from 'node:events'
import type { AddressInfo } from 'node:net'
import Fastify from 'fastify'
import { expect, it } from 'vitest'
import { installEditions } from '../../../src/appliance/http/editions.ts'

it('lets nobody pass the edit under way because another was given up', async () => {
  const app = Fastify({ forceCloseConnections: true })
  const seen = new EventEmitter()
  const told: string[] = []
  app.addHook('onRequest', async (request, reply) => {
    const { name } = request.params as { name: string }
    reply.raw.once('close', () => seen.emit(`${name} gone`))
    seen.emit(`${name} came`)
  })
  installEditions(app)
  app.put('/api/v1/classes/:name', async (request) => {
    const { name } = request.params as { name: string }
    told.push(`${name} begins`)
    seen.emit(`${name} begins`)
    if (name === 'slow') await once(seen, 'go on')
    told.push(`${name} ends`)
    return { name }
  })
  await app.listen({ host: '127.0.0.1', port: 0 })
  const edit = (name: string, signal?: AbortSignal) =>
    fetch(`http://127.0.0.1:${(app.server.address() as AddressInfo).port}/api/v1/classes/${name}`, {
      method: 'PUT',
      ...(signal && { signal }),
    })

  const begun = once(seen, 'slow begins')
  const slow = edit('slow')
  await begun
  const givingUp = new AbortController()
  const [came, gone] = [once(seen, 'given-up came'), once(seen, 'given-up gone')]
  const givenUp = edit('given-up', givingUp.signal).catch(() => undefined)
  await came
  givingUp.abort()
  await Promise.all([givenUp, gone])
  const nextCame = once(seen, 'next came')
  const next = edit('next')
  await nextCame
  // Whatever is about to happen without the slow one has happened when a request beside it is through.
  await fetch(`http://127.0.0.1:${(app.server.address() as AddressInfo).port}/nothing`)
  expect(told).toEqual(['slow begins'])
  seen.emit('go on')
  await Promise.all([slow, next])
  expect(told.slice(0, 2)).toEqual(['slow begins', 'slow ends'])
  expect(told.slice(-2)).toEqual(['next begins', 'next ends'])
  await app.close()
})
