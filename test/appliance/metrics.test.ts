// What the appliance counts, read by Debian's Prometheus; and the rules and the dashboard in docs/ name only what there is.
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Appliance } from '../../src/appliance/wire.ts'
import { freePort } from '../fakes/free-port.ts'
import { smallAppliance } from '../fakes/small-appliance.ts'

let folder: string
let appliance: Appliance
let url: string
let token: string

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'platen-metrics-'))
  appliance = await smallAppliance(folder)
  await appliance.start()
  url = `127.0.0.1:${(appliance.app.server.address() as AddressInfo).port}`
  token = readFileSync(join(folder, 'secrets', 'operator-token'), 'utf8').trim()
})
afterAll(async () => {
  await appliance.stop()
  rmSync(folder, { recursive: true, force: true })
})

async function scrape(authorization?: string) {
  const response = await fetch(`http://${url}/metrics`, authorization === undefined ? {} : { headers: { authorization } })
  return { status: response.status, type: response.headers.get('content-type'), text: await response.text() }
}
const seriesIn = (text: string, series: string) =>
  Number(
    text
      .split('\n')
      .find((line) => line.startsWith(`${series} `))
      ?.slice(series.length + 1) ?? Number.NaN,
  )

it('is for whoever has a token, as a bearer or as a password', async () => {
  expect((await scrape()).status).toBe(401)
  expect((await scrape('Bearer wrong')).status).toBe(401)
  expect((await scrape(`Basic ${Buffer.from(`any:${token}`).toString('base64')}`)).status).toBe(200)
  expect((await scrape(`Bearer ${token}`)).type).toMatch(/^text\/plain/)
})

it('counts what happens', async () => {
  const before = (await scrape(`Bearer ${token}`)).text
  expect(seriesIn(before, 'platen_nodes{state="approved"}')).toBe(0)
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  await fetch(`http://${url}/api/v1/nodes`, { headers })
  await fetch(`http://${url}/boot/52:54:00:00:00:01.ipxe`)
  const after = (await scrape(`Bearer ${token}`)).text
  const nodesAsked = 'platen_http_request_duration_seconds_count{operation="listNodes",status="2xx"}'
  expect(seriesIn(after, nodesAsked)).toBe(1)
  expect(after).toMatch(/^platen_boots_total\{answer="[a-z-]+"\} 1$/m)
  expect(seriesIn(after, 'platen_findings{severity="problem"}')).toBeGreaterThan(0)
})

describe('docs', () => {
  const names = (text: string) => [...new Set(text.match(/platen_[a-z_]+[a-z]/g))]
  it.each(['docs/metrics/alerts.yaml', 'docs/metrics/grafana-dashboard.json', 'docs/metrics.md'])(
    '%s names only what there is',
    async (file) => {
      const { text } = await scrape(`Bearer ${token}`)
      const known = names(text.replaceAll(/^[^#].*$/gm, ''))
      const named = names(readFileSync(file, 'utf8')).map((name) => name.replace(/_bucket$/, ''))
      expect(named.filter((name) => !known.includes(name))).toEqual([])
    },
  )

  it('tell every metric of ours', async () => {
    const { text } = await scrape(`Bearer ${token}`)
    const told = readFileSync('docs/metrics.md', 'utf8')
    expect(
      [...text.matchAll(/^# TYPE (platen_\w+)/gm)].map(([, name]) => name).filter((name) => !told.includes(`\`${name!}\``)),
    ).toEqual([])
  })
})

describe("Debian's Prometheus", () => {
  it('finds nothing wrong with the form and the rules', async () => {
    const { text } = await scrape(`Bearer ${token}`)
    expect(execFileSync('promtool', ['check', 'metrics'], { input: text, encoding: 'utf8' })).toBe('')
    expect(execFileSync('promtool', ['check', 'rules', 'docs/metrics/alerts.yaml'], { encoding: 'utf8' })).toContain(
      'SUCCESS: 6 rules found',
    )
  })

  it('scrapes, and knows what the rules ask', async () => {
    const port = await freePort()
    writeFileSync(join(folder, 'token'), token)
    const config = {
      global: { scrape_interval: '1s', evaluation_interval: '1s' },
      scrape_configs: [
        { job_name: 'platen', authorization: { credentials_file: join(folder, 'token') }, static_configs: [{ targets: [url] }] },
      ],
      rule_files: [join(process.cwd(), 'docs/metrics/alerts.yaml')],
    }
    writeFileSync(join(folder, 'prometheus.yml'), JSON.stringify(config))
    const prometheus = spawn('prometheus', [
      `--config.file=${join(folder, 'prometheus.yml')}`,
      `--storage.tsdb.path=${join(folder, 'tsdb')}`,
      `--web.listen-address=127.0.0.1:${port}`,
    ])
    try {
      const ask = async (query: string): Promise<string | undefined> => {
        const answer = await fetch(`http://127.0.0.1:${port}/api/v1/query?query=${encodeURIComponent(query)}`).catch(
          () => undefined,
        )
        const body = (await answer?.json().catch(() => undefined)) as
          | { data?: { result: { value: [number, string] }[] } }
          | undefined
        return body?.data?.result[0]?.value[1]
      }
      await expect.poll(() => ask('up{job="platen"}'), { timeout: 20_000, interval: 200 }).toBe('1')
      await expect.poll(() => ask('platen_store_free_bytes / platen_store_size_bytes'), { timeout: 10_000 }).toMatch(/^0\.\d+$/)
      await expect.poll(() => ask('ALERTS{alertname="PlatenDoctorProblem"}'), { timeout: 20_000 }).toBe('1')
    } finally {
      prometheus.kill()
      await once(prometheus, 'exit')
    }
  })
})
