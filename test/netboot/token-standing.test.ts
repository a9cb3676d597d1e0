import { describe, expect, it } from 'vitest'
import { createNetboot } from '../../src/netboot/index.ts'
import { mayHaveToken, type Neighbour, type StandingFacts, UNPROVEN } from '../../src/netboot/token-standing.ts'

const MAC = '52:54:00:00:00:0a'
const OTHER = '52:54:00:00:00:0b'
const own: Neighbour = { kind: 'ourselves' }
const routed: Neighbour = { kind: 'routed' }
const link = (mac: string | undefined): Neighbour => ({ kind: 'on-link', mac })
const nothing = { leasedTo: undefined, heardFrom: undefined }

describe('who may have a token', () => {
  it.each<{ name: string; facts: Omit<StandingFacts, 'mac'>; want: string }>([
    { name: 'ARP says that it is the card', facts: { ...nothing, neighbour: link(MAC) }, want: 'neighbour' },
    {
      name: 'ARP says so, and an old lease another',
      facts: { ...nothing, neighbour: link(MAC), leasedTo: OTHER },
      want: 'neighbour',
    },
    { name: 'ARP says another card', facts: { ...nothing, neighbour: link(OTHER) }, want: 'another-neighbour' },
    {
      name: 'ARP says another card, whatever was leased',
      facts: { ...nothing, neighbour: link(OTHER), leasedTo: MAC },
      want: 'another-neighbour',
    },
    {
      name: 'ARP says another card, whatever a relay heard',
      facts: { ...nothing, neighbour: link(OTHER), heardFrom: MAC },
      want: 'another-neighbour',
    },
    {
      name: 'on the link, not resolved, leased',
      facts: { ...nothing, neighbour: link(undefined), leasedTo: MAC },
      want: 'lease',
    },
    { name: 'on the link, not resolved', facts: { ...nothing, neighbour: link(undefined) }, want: 'not-resolved' },
    {
      name: 'on the link, heard by a relay only',
      facts: { ...nothing, neighbour: link(undefined), heardFrom: MAC },
      want: 'not-resolved',
    },
    { name: 'behind a router, leased', facts: { ...nothing, neighbour: routed, leasedTo: MAC }, want: 'lease' },
    {
      name: 'behind a router, leased to another',
      facts: { ...nothing, neighbour: routed, leasedTo: OTHER, heardFrom: MAC },
      want: 'leased-to-another',
    },
    {
      name: 'behind a router, heard by a trusted relay',
      facts: { ...nothing, neighbour: routed, heardFrom: MAC },
      want: 'relay',
    },
    {
      name: 'behind a router, heard of another card',
      facts: { ...nothing, neighbour: routed, heardFrom: OTHER },
      want: 'not-seen',
    },
    { name: 'behind a router', facts: { ...nothing, neighbour: routed }, want: 'not-seen' },
    {
      name: 'ourselves, whatever was leased',
      facts: { ...nothing, neighbour: own, leasedTo: MAC, heardFrom: MAC },
      want: 'own-address',
    },
  ])('$name: $want', ({ facts, want }) => {
    const standing = mayHaveToken({ mac: MAC, ...facts })
    expect(standing.kind === 'proven' ? standing.by : standing.reason).toBe(want)
    if (standing.kind === 'unproven') expect(UNPROVEN[standing.reason].advice).not.toBe('')
  })
})

it('who is refused is named by the log and by the doctor, until it is proven', async () => {
  const lines: string[] = []
  let neighbour: Neighbour = link(OTHER)
  const answers: string[] = []
  const netboot = createNetboot(
    {
      bootDir: '/nowhere',
      stateDir: '/nowhere',
      httpPort: 8080,
      interfaces: [{ name: 'lo', mode: 'off', address: '127.0.0.1', prefixLength: 8 }],
    },
    {
      policy: {
        mayBoot: () => true,
        bootAnswer: ({ standing }) => {
          answers.push(standing.kind)
          return { kind: 'local-disk', methods: ['exit'] }
        },
      },
      log: { info() {}, warn: (_fields, line) => void lines.push(line) },
      neighbours: { at: async () => neighbour },
    },
  )
  const { default: Fastify } = await import('fastify')
  const app = Fastify()
  await app.register(netboot.httpRoutes)
  const ask = () => app.inject({ url: `/boot/${MAC}.ipxe`, remoteAddress: '10.77.0.66' })
  await ask()
  expect(lines).toEqual([expect.stringContaining(`${MAC} gets no boot token at 10.77.0.66`)])
  const finding = async () => (await netboot.diagnose()).find(({ subject }) => subject === MAC)
  expect(await finding()).toMatchObject({ severity: 'problem', advice: expect.stringContaining('ip neigh') })
  neighbour = link(MAC)
  await ask()
  expect(await finding()).toBeUndefined()
  expect(answers).toEqual(['unproven', 'proven'])
  await app.close()
})
