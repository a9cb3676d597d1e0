// A machine boots the build in use, is put to a variant with words of its own, and back to the build before: its serial line says which.
import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it, onTestFailed } from 'vitest'
import type { BootBuildSummary, BootBuildView } from '../../src/contract/boot-build.ts'
import { ApplianceProcess } from '../rack/appliance-process.ts'
import { Operator } from '../rack/operator.ts'
import { run } from '../rack/owned-process.ts'
import { prepareBoot } from '../rack/prepare.ts'
import { Rack } from '../rack/rack.ts'
import { smallMachine } from '../rack/small-machine.ts'

const PROGRAM = join(import.meta.dirname, '../../bin/platen')
const VARIANT = join(import.meta.dirname, 'boot-variant')
const BOOT_MS = 420_000
const BUILD_MS = 800_000
/** What it was asked to prove is behind it: it may be asked again. A machine that is not approved is told that it proves nothing yet. */
const PROVED = /the record on its disk is|takes no proof from this machine/

let rack: Rack
let operator: Operator
let variant: BootBuildView

beforeAll(async () => {
  const prepared = await prepareBoot([], () => {})
  rack = await Rack.create({ accelerator: prepared.accelerator })
  // A boot folder of its own: what is used and added here is nobody else's.
  const bootDir = join(rack.directory, 'boot')
  execFileSync('cp', ['--archive', '--link', prepared.bootDir, bootDir])
  // Where the lock of its packages may be written.
  const additions = join(rack.directory, 'boot-variant')
  cpSync(VARIANT, additions, { recursive: true })
  const words = ['boot', 'build', '--json', '--with', additions, '--boot-dir', bootDir]
  variant = JSON.parse(await run(PROGRAM, words, BUILD_MS)) as BootBuildView
  const profilesDir = join(rack.directory, 'profiles')
  mkdirSync(profilesDir)
  const { namespace, directory } = rack
  operator = new Operator(rack.adopt(await ApplianceProcess.start({ namespace, directory, profilesDir, bootDir })))
}, 1_800_000)

afterAll(() => rack?.close())

it('a node is put to a build and back', async () => {
  onTestFailed(() => rack.saveLogs())
  const builds = (await operator.order('boot', 'list')) as BootBuildSummary[]
  const inUse = builds.find((each) => each.architecture === 'x64' && each.isInUse && each.variant === undefined)!
  const plain = new RegExp(`platen boot OS \\S+ x64, build ${inUse.number}\\r?\\n`)
  const machine = await rack.addMachine(smallMachine({ label: 'b', number: '0141', firmware: 'bios' }))
  await machine.powerOn()
  await machine.console.waitFor(plain, BOOT_MS)
  await machine.console.waitFor(PROVED, BOOT_MS)
  const { id } = await operator.nodeWith(machine.spec.mac, BOOT_MS)
  await operator.order('node', 'approve', id, '--name', 'b')
  expect((await operator.api.wanted('b')).bootOs).toMatchObject({ nextBuild: inUse.number, present: `build ${inUse.number}` })

  const consoles = ['--console', 'tty0', '--console', 'ttyS0,115200n8']
  await operator.order(
    'node',
    'set',
    'b',
    '--boot-build',
    `${variant.number}`,
    '--kernel-argument',
    'platen.trial=yes',
    ...consoles,
  )
  await operator.order('node', 'prove', 'b')
  await machine.reset()
  await machine.console.waitFor(/Command line:.* console=ttyS0,115200n8 .*platen\.trial=yes/, BOOT_MS)
  await machine.console.waitFor(new RegExp(`platen boot OS \\S+ x64, build ${variant.number}, variant rack-test\\r?\\n`), BOOT_MS)
  await machine.console.waitFor(/hello from the variant, with bonding, release/, BOOT_MS)
  await machine.console.waitFor(PROVED, BOOT_MS)
  const during = (await operator.api.wanted('b')).bootOs
  expect(during).toMatchObject({ nextBuild: variant.number, present: `build ${variant.number} of the variant rack-test` })
  await expect(operator.order('boot', 'rm', `${variant.number}`)).rejects.toThrow(/node b wants it/)

  await operator.order('node', 'set', 'b', '--none')
  await operator.order('node', 'prove', 'b')
  await machine.reset()
  await machine.console.waitFor(plain, BOOT_MS)
  await machine.console.waitFor(PROVED, BOOT_MS)
  expect((await operator.api.wanted('b')).bootOs.present).toBe(`build ${inUse.number}`)
  expect(machine.console.text).not.toMatch(/layers cannot be put together|did not arrive whole/)
}, 1_800_000)
