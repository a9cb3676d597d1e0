// The firmware's variables through stand-ins for efibootmgr and sfdisk that come first in PATH and keep what they are told in files.
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { keepNetworkFirst, startFromDiskNext } from '../../../src/winpe-agent/tools/linux-boot-order.ts'
import { openSysfs } from '../../../src/winpe-agent/tools/sysfs.ts'

const ESP = 'cc5c4c8a-1f6e-4b0e-9a51-0d3b7c7f6a11'
const SECOND_ESP = '0f0f0f0f-1f6e-4b0e-9a51-0d3b7c7f6a11'
const NETWORK = 'Boot0002* UEFI PXEv4\tPciRoot(0x0)/Pci(0x2,0x0)/MAC(525400123456,1)/IPv4'
const entry = (number: string, label: string, guid: string) =>
  `Boot${number}* ${label}\tHD(1,GPT,${guid},0x800,0x100000)/File(\\EFI\\BOOT\\BOOTX64.EFI)`

const path = process.env.PATH
let folder: string
let lines: string[]

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'platen-boot-order-'))
  lines = []
  mkdirSync(join(folder, 'sys/firmware/efi/efivars'), { recursive: true })
  program(
    'efibootmgr',
    `echo "$*" >> ${folder}/asked
case "$*" in
  *--create-only*) printf '%s\\n' '${entry('0007', 'Platen: the disk', ESP)}' >> ${folder}/entries ;;
  *--delete-bootnum*) grep -v "^Boot$3" ${folder}/entries > ${folder}/left; mv ${folder}/left ${folder}/entries ;;
  *--boot*) ;;
  *) cat ${folder}/entries ;;
esac`,
  )
  process.env.PATH = `${folder}:${path}`
})

afterEach(() => {
  process.env.PATH = path
  rmSync(folder, { recursive: true })
})

function program(name: string, script: string): void {
  writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`)
  chmodSync(join(folder, name), 0o755)
}

/** Each disk has an EFI system partition with this id, or none. */
function disks(guids: Readonly<Record<string, string | undefined>>): void {
  for (const name of Object.keys(guids)) {
    mkdirSync(join(folder, `sys/block/${name}`), { recursive: true })
    writeFileSync(join(folder, `sys/block/${name}/size`), '2097152\n')
  }
  const cases = Object.entries(guids).map(([name, uuid]) => {
    const type = 'C12A7328-F81F-11D2-BA4B-00A0C93EC93B'
    const partitions = uuid === undefined ? [] : [{ node: `/dev/${name}1`, type, uuid: uuid.toUpperCase() }]
    return `/dev/${name}) echo '${JSON.stringify({ partitiontable: { partitions } })}' ;;`
  })
  program('sfdisk', `case "$2" in\n${cases.join('\n')}\n*) exit 1 ;;\nesac`)
}

function firmware(order: string, ...entries: readonly string[]): void {
  writeFileSync(join(folder, 'entries'), `BootCurrent: 0002\nBootOrder: ${order}\n${entries.join('\n')}\n`)
}

const run = () => ({ signal: new AbortController().signal, log: (line: string) => void lines.push(line) })
const sys = () => openSysfs(folder)
const asked = () => (existsSync(join(folder, 'asked')) ? readFileSync(join(folder, 'asked'), 'utf8').trim().split('\n') : [])
const changes = () => asked().filter((words) => words.startsWith('--quiet'))

describe('startFromDiskNext', () => {
  it('takes the entry that the disk has', async () => {
    disks({ vda: ESP })
    firmware('0002,0004', NETWORK, entry('0004', 'debian', ESP))
    await startFromDiskNext(run(), sys())
    expect(changes()).toEqual(['--quiet --bootnext 0004'])
    expect(lines).toEqual(['the next start goes to the disk (0004 debian)'])
  })

  it('makes one for a disk that has none, in place of the one for a disk of before', async () => {
    disks({ vda: ESP })
    firmware('0002', NETWORK, entry('0003', 'Platen: the disk', SECOND_ESP))
    await startFromDiskNext(run(), sys())
    const where = '--create-only --disk /dev/vda --part 1 --label Platen: the disk --loader \\EFI\\BOOT\\BOOTX64.EFI'
    expect(changes()).toEqual(['--quiet --bootnum 0003 --delete-bootnum', `--quiet ${where}`, '--quiet --bootnext 0007'])
  })

  it.each([
    { name: 'no disk has a system partition', guids: { vda: undefined }, says: /no disk has an EFI system partition/ },
    { name: 'several disks could be meant', guids: { vda: ESP, vdb: SECOND_ESP }, says: /several disks could be meant/ },
  ])('leaves it to the boot order when $name', async ({ guids, says }) => {
    disks(guids)
    firmware('0002', NETWORK)
    await startFromDiskNext(run(), sys())
    expect(changes()).toEqual([])
    expect(lines).toEqual([expect.stringMatching(says)])
  })

  it('says it when the firmware refuses, and goes on', async () => {
    disks({ vda: ESP })
    program('efibootmgr', 'echo Could not set BootNext >&2; exit 5')
    await startFromDiskNext(run(), sys())
    expect(lines).toEqual([expect.stringContaining('the next start goes by the boot order: ')])
  })

  it('asks nothing of a BIOS', async () => {
    rmSync(join(folder, 'sys/firmware'), { recursive: true })
    await startFromDiskNext(run(), sys())
    expect(asked()).toEqual([])
  })
})

it('puts the network first again after an installer', async () => {
  firmware('0004,0002', NETWORK, entry('0004', 'debian', ESP))
  await keepNetworkFirst(run(), sys())
  expect(changes()).toEqual(['--quiet --bootorder 0002,0004'])
})
