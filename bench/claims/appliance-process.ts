// The orchestrator in a process of its own, over real HTTP: prints its URL, takes words on its standard input. Arguments: a folder, and
// the port of DHCP beside it, if there is to be any.
// `tokens N` prints boot tokens of N machines; `begin` starts counting, `figures` prints what was counted.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { createInterface } from 'node:readline'
import Fastify from 'fastify'
import { installManners } from '../../src/appliance/http/manners.ts'
import { openRooms } from '../../src/appliance/rooms.ts'
import { PROVEN } from '../../test/fakes/proven-peer.ts'
import { loopbackNetboot } from '../rig/loopback-netboot.ts'

const PROFILE = `name: tiny
architecture: x64
format: { partitions: [{ name: root, type: linux, filesystem: ext4, mount: / }] }
capture: { image: tiny }
`

const [dataDir = '', dhcpPort] = process.argv.slice(2)
const profilesDir = join(dataDir, 'profiles')
mkdirSync(join(profilesDir, 'tiny'), { recursive: true })
writeFileSync(join(profilesDir, 'tiny', 'profile.yaml'), PROFILE)
const log = { info() {}, warn: console.error, error: console.error }
const rooms = await openRooms({ dataDir, profilesDir }, { log })
const { orchestrator } = rooms
const app = Fastify({ keepAliveTimeout: 120_000 })
// As netboot would ask: what a machine boots that has a job waiting for it, or none. Before the manners: it is in no table of routes.
app.post('/boot', async () => orchestrator.bootAnswer(machine('52:54:00:00:00:01')))
installManners(app)
await app.register(rooms.routes)
await rooms.start()
if (dhcpPort !== undefined) await loopbackNetboot(dataDir, Number(dhcpPort), orchestrator).start()
const url = await app.listen({ host: '127.0.0.1', port: 0 })
process.stdout.write(`${url}\n`)

let usedBefore = process.cpuUsage()
const delay = monitorEventLoopDelay({ resolution: 1 })
const lines = createInterface({ input: process.stdin })
lines.on('line', (line) => {
  const [word, number = '0'] = line.split(' ')
  if (word === 'tokens') process.stdout.write(`${JSON.stringify(tokensOf(Number(number)))}\n`)
  if (word === 'begin') {
    delay.reset()
    usedBefore = process.cpuUsage()
    delay.enable()
    process.stdout.write('{}\n')
  }
  if (word === 'figures') {
    const { user, system } = process.cpuUsage(usedBefore)
    const { rss: rssBytes } = process.memoryUsage()
    const figures = {
      delayP99Ms: delay.percentile(99) / 1e6,
      delayMaxMs: delay.max / 1e6,
      rssBytes,
      cpuMs: (user + system) / 1000,
    }
    process.stdout.write(`${JSON.stringify(figures)}\n`)
  }
})
lines.on('close', () => {
  void rooms.stop().then(() => process.exit(0))
})

function machine(mac: string) {
  return {
    mac,
    systemUuid: undefined,
    firmware: 'bios',
    architecture: 'x64',
    applianceUrl: 'http://127.0.0.1',
    ...PROVEN,
  } as const
}

function tokensOf(count: number): readonly string[] {
  return Array.from({ length: count }, (_, n) => {
    const mac = `52:54:${[24, 16, 8, 0].map((shift) => ((n >> shift) & 255).toString(16).padStart(2, '0')).join(':')}`
    const answer = orchestrator.bootAnswer(machine(mac))
    if (answer.kind !== 'boot-os') throw new Error(`${mac} is told ${answer.kind}`)
    return answer.kernelArguments.find((argument) => argument.startsWith('platen.token='))!.slice('platen.token='.length)
  })
}
