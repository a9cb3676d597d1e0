// docs/ports-and-endpoints.md and the running appliance name the same ports, routes and flags.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { SETTINGS } from '../../src/appliance/settings-table.ts'
import type { Appliance } from '../../src/appliance/wire.ts'
import { DEFAULT_PORTS } from '../../src/netboot/config.ts'
import { smallAppliance } from '../fakes/small-appliance.ts'

const page = readFileSync('docs/ports-and-endpoints.md', 'utf8')
const documentedRoutes = [...page.matchAll(/^\| `((?:GET|POST|PUT|PATCH|DELETE) [^`]+)` \|/gm)].map(([, route]) => route!)
const documentedPorts = [...page.matchAll(/^\| ((?:UDP|TCP) \d+) \|/gm)].map(([, port]) => port!)
const documentedFlags = [...page.matchAll(/`--([a-z-]+)`/g)].map(([, flag]) => flag!)

let dir: string
let appliance: Appliance
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'platen-endpoints-'))
  appliance = await smallAppliance(dir)
  await appliance.app.ready()
})
afterAll(async () => {
  await appliance.stop()
  rmSync(dir, { recursive: true })
})

/** HEAD comes with every GET; the files of the page at /docs are its own business. */
const isOwn = (route: string) => !/^(HEAD|OPTIONS) /.test(route) && !/^GET \/docs\/./.test(route) && !route.includes(' //')

describe('docs/ports-and-endpoints.md', () => {
  it('lists every route, and none that is not there', () => {
    expect(documentedRoutes.toSorted()).toEqual([...new Set(appliance.routes.filter(isOwn))].toSorted())
  })

  it('lists every port with its default', () => {
    const [httpPort, nbdPort] = ['http.port', 'nbd.port'].map((name) => SETTINGS.find(({ key }) => key === name)?.fallback)
    const httpsPort = SETTINGS.find(({ key }) => key === 'https.port')?.example
    const { dhcpServer, proxyDhcp, tftp } = DEFAULT_PORTS
    expect(documentedPorts.toSorted()).toEqual(
      [
        `UDP ${dhcpServer}`,
        `UDP ${tftp}`,
        `UDP ${proxyDhcp}`,
        `TCP ${httpPort}`,
        `TCP ${httpsPort}`,
        `TCP ${nbdPort}`,
      ].toSorted(),
    )
  })

  it('names no flag that `platen serve` does not have, and every one about ports and addresses', () => {
    const flags = SETTINGS.map(({ flag }) => flag)
    expect(documentedFlags.filter((flag) => !flags.includes(flag))).toEqual([])
    expect(documentedFlags).toEqual(
      expect.arrayContaining(['interface', 'address', 'http-port', 'http-listen', 'tftp-port', 'dhcp-mode']),
    )
  })
})
