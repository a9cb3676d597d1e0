// An appliance that knows many nodes, in a process of its own, on loopback: DHCP, and HTTP with its own agents' routes.
// Arguments: a folder, the DHCP port, how many nodes. When all are enrolled it prints its URL, and that of a server in the same process
// that answers without any work, to tell what the machine itself takes. Ends with its standard input.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { zstdCompressSync } from 'node:zlib'
import Fastify from 'fastify'
import { installManners } from '../../src/appliance/http/manners.ts'
import { openRooms } from '../../src/appliance/rooms.ts'
import { CHUNK_STREAM_TYPE, MANIFEST_TYPE } from '../../src/contract/image-transfer.ts'
import { chunkDigest } from '../../src/imaging/chunk-digest.ts'
import { encodeFrameHeader } from '../../src/imaging/chunk-frames.ts'
import { CHUNK_BYTES } from '../../src/imaging/chunk-grid.ts'
import { encodeManifest } from '../../src/imaging/manifest-codec.ts'
import { inventoryOf } from '../../test/fakes/inventories.ts'
import { PROVEN } from '../../test/fakes/proven-peer.ts'
import { manifestOf } from '../../test/fakes/small-manifest.ts'
import { loopbackNetboot } from '../rig/loopback-netboot.ts'
import { macOfNode } from './machines.ts'

const [dataDir = '', dhcpPort = '', nodeCount = ''] = process.argv.slice(2)
const profilesDir = join(dataDir, 'profiles')
mkdirSync(profilesDir, { recursive: true })
mkdirSync(join(dataDir, 'packages', 'agent'), { recursive: true })
writeFileSync(
  join(dataDir, 'packages', 'agent', 'package.yaml'),
  'name: agent\nversion: 1.0.0\norder: semver\nfeatures: [monitoring]\n',
)
const log = { info() {}, warn() {}, error: console.error }

const rooms = await openRooms({ dataDir, profilesDir }, { log })
const { orchestrator } = rooms
const netboot = loopbackNetboot(dataDir, Number(dhcpPort), orchestrator)
const app = Fastify()
installManners(app)
await app.register(netboot.httpRoutes)
await app.register(rooms.routes)
await rooms.start()
await netboot.start()
await bringImage()
await enroll(Number(nodeCount))
await wantForAll()
const idle = createServer((socket) => {
  socket.on('data', () => socket.end('HTTP/1.1 200 OK\r\n\r\n#!ipxe\n')).on('error', () => undefined)
})
await new Promise<void>((listening) => idle.listen(0, '127.0.0.1', listening))
const url = await app.listen({ host: '127.0.0.1', port: 0 })
process.stdout.write(`${url} http://127.0.0.1:${(idle.address() as AddressInfo).port}\n`)

process.stdin.resume().on('close', async () => {
  await app.close()
  await netboot.stop()
  await rooms.stop()
  process.exit(0)
})

/** A version of an image of one chunk, as a person brings one. */
async function bringImage(): Promise<void> {
  const { importId } = await post<{ importId: string }>('/api/v1/images/debian/imports', operatorToken(), {})
  const bytes = Buffer.alloc(CHUNK_BYTES, 1)
  const [digest, stored] = [chunkDigest(bytes), zstdCompressSync(bytes)]
  const frames = Buffer.concat([encodeFrameHeader(digest, stored.length), stored])
  await send(`/api/v1/transfer/jobs/${importId}/chunks?leaseId=a`, CHUNK_STREAM_TYPE, frames)
  await send(
    `/api/v1/transfer/jobs/${importId}/manifest?leaseId=a`,
    MANIFEST_TYPE,
    zstdCompressSync(encodeManifest(manifestOf([digest]))),
  )
}

/** All nodes have a class, with an image, a package and a feature, and what they have is compared at every boot. */
async function wantForAll(): Promise<void> {
  await put('/api/v1/classes/all', {
    selector: { product: 'PowerEdge R640' },
    runs: [{ image: 'debian' }],
    packages: [{ name: 'agent' }],
    features: ['monitoring'],
    enforce: 'at-boot',
  })
}

/** Every other one is approved and boots what its class says; the others wait. */
async function enroll(count: number): Promise<void> {
  await post('/api/v1/approval-rules', operatorToken(), { macPrefixes: [macOfNode(1).slice(0, 5)] })
  for (let first = 0; first < count; first += 100) {
    const group = Array.from({ length: Math.min(100, count - first) }, (_, n) => first + n)
    await Promise.all(group.map((n) => post('/agent/v1/hello', tokenOf(n), { agentVersion: 'bench', inventory: inventory(n) })))
  }
}

function tokenOf(n: number): string {
  const machine = {
    systemUuid: undefined,
    firmware: 'bios',
    architecture: 'x64',
    applianceUrl: 'http://127.0.0.1',
    ...PROVEN,
  } as const
  const answer = orchestrator.bootAnswer({ mac: macOfNode(n), ...machine })
  if (answer.kind !== 'boot-os') throw new Error(`node ${n} is told ${answer.kind}`)
  return answer.kernelArguments.find((word) => word.startsWith('platen.token='))!.slice('platen.token='.length)
}

function inventory(n: number) {
  const { disks, ...rest } = inventoryOf(n)
  const serial = `SN-${n}`
  const systemUuid = `4c4c4544-0042-3010-8051-${macOfNode(n).replaceAll(':', '')}`
  return {
    ...rest,
    smbios: { systemUuid, systemSerial: serial, product: 'PowerEdge R640' },
    disks: disks.map((disk) => ({ ...disk, serial })),
    nics: [{ name: 'eth0', mac: macOfNode(n), linkUp: true }],
  }
}

function operatorToken(): string {
  return readFileSync(join(dataDir, 'secrets', 'operator-token'), 'utf8').trim()
}

async function post<T>(url: string, token: string, payload: object): Promise<T> {
  const { statusCode, body } = await app.inject({ method: 'POST', url, headers: { authorization: `Bearer ${token}` }, payload })
  if (statusCode >= 300) throw new Error(`${url}: ${statusCode} ${body}`)
  return JSON.parse(body) as T
}

async function put(url: string, payload: object): Promise<void> {
  const headers = { authorization: `Bearer ${operatorToken()}` }
  const { statusCode, body } = await app.inject({ method: 'PUT', url, headers, payload })
  if (statusCode >= 300) throw new Error(`${url}: ${statusCode} ${body}`)
}

async function send(url: string, type: string, payload: Buffer): Promise<void> {
  const headers = { authorization: `Bearer ${operatorToken()}`, 'content-type': type }
  const { statusCode, body } = await app.inject({ method: 'POST', url, headers, payload })
  if (statusCode >= 300) throw new Error(`${url}: ${statusCode} ${body}`)
}
