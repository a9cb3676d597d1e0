import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { ScriptClient } from '../../../src/netboot/answer-script.ts'
import { DEFAULT_TFTP_LIMITS } from '../../../src/netboot/config.ts'
import { BootFiles } from '../../../src/netboot/tftp/boot-files.ts'

const MAC = '52:54:00:00:00:0a'
const ASKER = { from: '10.77.0.100', httpBase: 'http://10.77.0.1:8080' }

let bootDir: string
let fetched: unknown[]
let asked: { client: ScriptClient; from: string }[]
let files: BootFiles

beforeEach(async () => {
  bootDir = await mkdtemp(join(tmpdir(), 'platen-boot-files-'))
  for (const folder of ['loaders', 'x64', 'arm64', 'builds/x64/3']) await mkdir(join(bootDir, folder), { recursive: true })
  await writeFile(join(bootDir, 'builds/x64/3/vmlinuz'), 'kernel of build 3')
  await writeFile(join(bootDir, 'loaders', 'shimx64.efi'), 'shim')
  await writeFile(join(bootDir, 'x64', 'vmlinuz'), 'kernel of x64')
  await writeFile(join(bootDir, 'arm64', 'vmlinuz'), 'kernel of arm64')
  fetched = []
  asked = []
  files = new BootFiles({
    bootDir,
    limits: DEFAULT_TFTP_LIMITS,
    onLoaderFetched: (mac, flavour) => fetched.push([mac, flavour]),
    answerScript: async (client, from) => {
      asked.push({ client, from })
      return { kind: 'local-disk', methods: ['exit'] }
    },
  })
})

afterEach(() => rm(bootDir, { recursive: true }))

async function read(name: string): Promise<string> {
  const file = await files.read(name, ASKER)
  if (file.kind === 'refused') return `refused: ${file.reason}`
  await file.content.whenThere(file.content.bytes.length)
  return Buffer.from(file.content.bytes).toString()
}

it.each([
  { name: 'shimx64.efi', holds: 'shim' },
  { name: '/boot-os/x64/vmlinuz', holds: 'kernel of x64' },
  { name: 'boot-os\\arm64\\vmlinuz', holds: 'kernel of arm64' },
  { name: '/boot-os/x64/3/vmlinuz', holds: 'kernel of build 3' },
  { name: '/boot-os/x64/4/vmlinuz', holds: 'refused: not-found' },
  { name: '/boot-os/x64/03/vmlinuz', holds: 'refused: not-found' },
  { name: '/boot-os/builds/x64/3/vmlinuz', holds: 'refused: not-found' },
  { name: '52-54-00-00-00-0a/autoexec.ipxe', holds: 'chain --replace http://10.77.0.1:8080/boot/' },
  { name: '52-54-00-00-00-0a/grub/grub.cfg', holds: 'configfile /boot/' },
  { name: 'shimx64.efi\xff', holds: 'shim' },
  { name: '//shimx64.efiB\x0910.77.0.1\xff', holds: 'shim' },
  { name: '52-54-00-00-00-0a/autoexec.ipxe \r\n', holds: 'chain --replace http://10.77.0.1:8080/boot/' },
  { name: 'nothing.efi', holds: 'refused: not-found' },
  { name: 'nothing.efi\xff', holds: 'refused: not-found' },
  { name: '../secret', holds: 'refused: outside' },
])('$name', async ({ name, holds }) => {
  expect(await read(name)).toContain(holds)
  expect([fetched, asked]).toEqual([[], []])
})

it('a loader under the name of its machine is told', async () => {
  expect(await read('52-54-00-00-00-0a/shimx64.efi')).toBe('shim')
  await read('52-54-00-00-00-0a/nothing.efi')
  expect(fetched).toEqual([[MAC, 'shim']])
})

it.each([
  { name: `/boot/${MAC}.x86_64.grub`, architecture: 'x64', isAgain: false },
  { name: `/boot/${MAC}.arm64.again.grub`, architecture: 'arm64', isAgain: true },
])('$name is answered for its machine', async ({ name, architecture, isAgain }) => {
  expect(await read(name)).toContain('starting from the local disk')
  const { from, httpBase: applianceUrl } = ASKER
  expect(asked).toEqual([
    { client: { mac: MAC, architecture, isAgain, applianceUrl, firmware: 'uefi', systemUuid: undefined }, from },
  ])
})
