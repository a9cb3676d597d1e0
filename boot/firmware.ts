// Takes the firmware files that the chosen modules ask for. Touches the unpacked folders, reading only.
import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { CpioEntry } from './cpio.ts'
import { file, readTree } from './file-tree.ts'

/** A file larger than this is for a card that no machine boots from in practice, and would eat the size budget. */
const MAXIMUM_FILE_BYTES = 2_000_000

/** modulesFolder holds the chosen modules, firmwareFolder the unpacked firmware packages. */
export async function chooseFirmware(modulesFolder: string, firmwareFolder: string): Promise<CpioEntry[]> {
  const asked = new Set<string>()
  for (const entry of await readTree(modulesFolder)) {
    if (entry.kind !== 'file' || !entry.path.endsWith('.ko')) continue
    for (const name of firmwareNames(Buffer.from(entry.content))) asked.add(name)
  }
  const entries: CpioEntry[] = []
  for (const name of [...asked].sort()) {
    const content = await readSmallFile(join(firmwareFolder, 'usr/lib/firmware', name))
    if (content !== undefined) entries.push(file(`usr/lib/firmware/${name}`, content))
  }
  return entries
}

/** MODULE_FIRMWARE() leaves "firmware=<path>" between zero bytes in a module's .modinfo section. Pure. */
export function firmwareNames(module: Buffer): string[] {
  const marker = '\0firmware='
  const text = module.toString('latin1')
  const names: string[] = []
  for (let at = text.indexOf(marker); at !== -1; at = text.indexOf(marker, at + 1)) {
    names.push(text.slice(at + marker.length, text.indexOf('\0', at + marker.length)))
  }
  return names
}

/** readFile follows the links by which many names share one file. */
async function readSmallFile(path: string): Promise<Buffer | undefined> {
  const found = await stat(path).catch(() => undefined)
  return found?.isFile() && found.size <= MAXIMUM_FILE_BYTES ? await readFile(path) : undefined
}
