// What disks say of how they can be erased: the answers of nvme-cli and hdparm, and files of sysfs. Reads them; asks drives, changes nothing.
import { readFile, realpath } from 'node:fs/promises'
import { basename } from 'node:path'
import type { WipeMethod } from '../../contract/wipe.ts'
import type { Run } from '../machine.ts'
import type { WipeAbilities } from '../steps/wipe-plan.ts'
import { superviseCommand } from './run-command.ts'

type Found = Pick<WipeAbilities, 'methods' | 'notes'>

export async function wipeAbilities(devicePath: string, { signal }: Run): Promise<WipeAbilities> {
  const bus = await busOf(devicePath)
  const discard = await discardOf(devicePath)
  const answer = async (file: string, args: readonly string[]) => {
    const { exitCode, output, problem, lastLines } = await superviseCommand(file, args, { signal })
    return exitCode === 0 ? output.join('\n') : { problem: problem ?? lastLines.at(-1) ?? `exit code ${exitCode}` }
  }
  const own = bus === 'nvme' ? await ofNvme(devicePath, answer) : bus === 'ata' ? await ofAta(devicePath, answer) : NOTHING
  return { bus, methods: [...own.methods, ...discard], notes: own.notes }
}

type Ask = (file: string, args: readonly string[]) => Promise<string | { problem: string }>
const NOTHING: Found = { methods: [], notes: [] }

async function ofNvme(devicePath: string, ask: Ask): Promise<Found> {
  const answer = await ask('nvme', ['id-ctrl', devicePath, '--output-format=json'])
  return typeof answer === 'string' ? nvmeMethods(answer) : { methods: [], notes: [`nvme id-ctrl: ${answer.problem}`] }
}

async function ofAta(devicePath: string, ask: Ask): Promise<Found> {
  const answer = await ask('hdparm', ['-I', devicePath])
  return typeof answer === 'string' ? ataMethods(answer) : { methods: [], notes: [`hdparm -I: ${answer.problem}`] }
}

/** NVM Express Base 2.0, figure 275: OACS bit 1 is Format NVM, FNA bit 2 its cryptographic erase; SANICAP bits 0 and 1 are crypto and block erase. */
export function nvmeMethods(idCtrl: string): Found {
  const { oacs = 0, fna = 0, sanicap = 0 } = JSON.parse(idCtrl) as { oacs?: number; fna?: number; sanicap?: number }
  const has = (value: number, bit: number) => ((value >>> bit) & 1) === 1
  const methods: readonly (readonly [boolean, WipeMethod])[] = [
    [has(sanicap, 1), 'nvme-sanitize-block'],
    [has(sanicap, 0), 'nvme-sanitize-crypto'],
    [has(oacs, 1), 'nvme-format'],
    [has(oacs, 1) && has(fna, 2), 'nvme-format-crypto'],
  ]
  return { methods: methods.flatMap(([is, method]) => (is ? [method] : [])), notes: [] }
}

/** The security part of `hdparm -I`: a line is what it says, or begins with "not". */
export function ataMethods(text: string): Found {
  const part = /^Security:[^\n]*\n((?:[\t ]+[^\n]*\n?)*)/m.exec(text)?.[1]
  if (part === undefined) return { methods: [], notes: ['it has no security commands'] }
  const lines = part.split('\n').map((line) => line.trim().replaceAll(/\s+/g, ' '))
  const is = (word: string) => lines.includes(word)
  if (!is('supported')) return { methods: [], notes: ['its security commands are not supported'] }
  if (is('frozen'))
    return {
      methods: [],
      notes: ['its security is frozen by the firmware: send the machine to sleep and wake it, or plug the disk anew'],
    }
  if (is('locked') || is('enabled')) return { methods: [], notes: ['it has a password already: take it off first'] }
  const enhanced: readonly WipeMethod[] = is('supported: enhanced erase') ? ['ata-secure-erase-enhanced'] : []
  return { methods: [...enhanced, 'ata-secure-erase'], notes: [] }
}

/** By where it hangs in the tree of devices; a disk behind a controller with RAID is none of them. */
async function busOf(devicePath: string): Promise<WipeAbilities['bus']> {
  const name = basename(devicePath)
  if (name.startsWith('nvme')) return 'nvme'
  if (name.startsWith('vd') || name.startsWith('xvd') || name.startsWith('loop')) return 'virtual'
  const device = await realpath(`/sys/class/block/${name}/device`).catch(() => '')
  if (/\/ata\d+\//.test(device)) return 'ata'
  const vendor = await readFile(`${device}/vendor`, 'utf8').catch(() => '')
  return /^(QEMU|VMware|Msft|VBOX)/i.test(vendor.trim()) ? 'virtual' : 'other'
}

async function discardOf(devicePath: string): Promise<readonly WipeMethod[]> {
  const path = `/sys/class/block/${basename(devicePath)}/queue/discard_max_bytes`
  const most = Number(await readFile(path, 'utf8').catch(() => '0'))
  return most > 0 ? ['discard'] : []
}
