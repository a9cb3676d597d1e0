// The walk of docs/xml.md, as it stands there, by the real curl against a real appliance; and an upload that is cut.
import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { LoopbackAppliance } from '../fakes/loopback-appliance.ts'
import { smallDiskFile } from '../fakes/small-disk-file.ts'

const run = promisify(execFile)
const [, walk = ''] = /## A worker that has only curl[\s\S]*?```sh\n([\s\S]*?)```/.exec(readFileSync('docs/xml.md', 'utf8')) ?? []

describe('a worker that has only curl', { timeout: 120_000 }, () => {
  let appliance: LoopbackAppliance
  let folder: string
  let secret: string
  beforeAll(async () => {
    appliance = await LoopbackAppliance.start()
    folder = mkdtempSync(join(tmpdir(), 'platen-walk-'))
    secret = await appliance.credential('build-farm')
  })
  afterAll(async () => {
    await appliance[Symbol.asyncDispose]()
    rmSync(folder, { recursive: true })
  })

  /** What it printed. Throws when it ends badly. */
  const shell = async (script: string) => {
    const env = { PATH: process.env.PATH, APPLIANCE: appliance.url, SECRET: secret }
    return (await run('bash', ['-euo', 'pipefail', '-c', script], { cwd: folder, env })).stdout
  }

  it.each([
    ['raw', 'cp small.img disk.img'],
    ['qcow2', 'qemu-img convert -O qcow2 small.img disk.img'],
  ])('walks from the list to a version, with a %s file', async (format, make) => {
    writeFileSync(join(folder, 'small.img'), smallDiskFile())
    await shell(make)
    const held = await appliance.post({ held: true })
    const job = await appliance.post({ externalId: `web-${format}` })
    expect(await shell(walk)).toContain('<MAJORSTATE>FINISHED</MAJORSTATE>')
    const [capture] = (await appliance.job(job.id)).results
    const version = await appliance.operator<{ jobId: string }>('GET', `/images/tiny/versions/${capture!.imageVersion}`)
    expect(version.jobId).toBe(job.id)
    expect((await appliance.job(held.id)).state).toBe('queued')
    // Nobody's turn any more: the walk ends without a word.
    expect(await shell(walk)).toBe('')
    await appliance.operator('POST', `/jobs/${held.id}/cancel`, {})
  })

  it('goes on with an upload that was cut', async () => {
    writeFileSync(join(folder, 'disk.img'), smallDiskFile())
    const job = await appliance.post()
    const at = `ask() { curl -sS --user "worker:$SECRET" "$@"; }; at="$APPLIANCE/jobs/${job.id}"`
    await shell(`${at}; echo '<JOBSTATUS><CLIENTID>w</CLIENTID></JOBSTATUS>' > s; ask -f -H 'If-None-Match: *' -T s "$at.xml"`)
    await shell(`${at}; ask --limit-rate 1M --max-time 2 -T disk.img "$at/image" || true`)
    const here = Number(await shell(`${at}; until [ "$(ask "$at/image")" -gt 0 ]; do :; done; ask "$at/image"`))
    expect(here).toBeLessThan(smallDiskFile().length)
    const { imageName } = JSON.parse(
      await shell(`${at}; until ask -f -C "$(ask "$at/image")" -T disk.img "$at/image"; do sleep 1; done`),
    )
    expect(imageName).toBe('tiny')
  })
})
