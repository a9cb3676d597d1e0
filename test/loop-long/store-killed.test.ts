// kill -9 of a whole appliance, two hundred times, while images come and go.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { expect, it } from 'vitest'
import { freePort } from '../fakes/free-port.ts'
import { type Killable, killAgainAndAgain } from '../suites/killed-store-suite.ts'

const ROUNDS = Number(process.env.STORE_KILLS ?? 200)
const PROGRAM = join(import.meta.dirname, '../../bin/platen')

it(`no version is broken or lost in ${ROUNDS} deaths of the appliance`, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'platen-killed-'))
  const dataDir = join(folder, 'data')
  const start = async (): Promise<Killable> => {
    const [httpPort, tftpPort] = [await freePort(), await freePort()]
    const words = ['--interface', 'lo', '--dhcp-mode', 'off', '--http-listen', '127.0.0.1', '--profiles-dir', folder]
    const ports = ['--http-port', String(httpPort), '--tftp-port', String(tftpPort)]
    const child = spawn(PROGRAM, ['serve', ...words, ...ports, '--data-dir', dataDir], { stdio: ['ignore', 'pipe', 'inherit'] })
    await untilUp(createInterface({ input: child.stdout }))
    return {
      url: `http://127.0.0.1:${httpPort}`,
      token: readFileSync(join(dataDir, 'secrets', 'operator-token'), 'utf8').trim(),
      async kill() {
        const gone = once(child, 'exit')
        child.kill('SIGKILL')
        await gone
      },
    }
  }
  try {
    const { acknowledged, left } = await killAgainAndAgain({ rounds: ROUNDS, dataDir, start, mostMs: 500 })
    console.log(`${acknowledged} versions were acknowledged in ${ROUNDS} lives, ${left} of them are still there`)
    expect(acknowledged).toBeGreaterThan(ROUNDS / 2)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})

async function untilUp(lines: AsyncIterable<string>): Promise<void> {
  for await (const line of lines) if (line.includes('appliance is up')) return
  throw new Error('the appliance ended before it was up')
}
