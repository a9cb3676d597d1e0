// What a rack needs before machines are switched on: the boot OS, the profile's components, and the way to emulate. Cached.
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Architecture } from '../../src/contract/values.ts'
import { chooseAccelerator } from './accelerator.ts'
import { OwnedProcess } from './owned-process.ts'
import type { Accelerator } from './qemu-arguments.ts'

const PROJECT = join(import.meta.dirname, '../..')
const PROGRAM = join(PROJECT, 'bin/platen')
const CACHE = join(PROJECT, '.cache/rack')

export interface PreparedBoot {
  readonly bootDir: string
  readonly accelerator: Accelerator
}

export interface Prepared extends PreparedBoot {
  readonly profileDir: string
}

/** Each is quick when nothing changed since the last time. */
export async function prepare(profile: string, onProgress: (text: string) => void): Promise<Prepared> {
  const boot = await prepareBoot([], onProgress)
  const profileDir = join(PROJECT, 'profiles', profile)
  await platen(['profile', 'prepare', profileDir], onProgress)
  return { ...boot, profileDir }
}

/** For machines that only start: x64, because the probe guest is one, and what else is asked for. */
export async function prepareBoot(also: readonly Architecture[], onProgress: (text: string) => void): Promise<PreparedBoot> {
  mkdirSync(CACHE, { recursive: true })
  const bootDir = join(PROJECT, '.cache/boot')
  for (const architecture of new Set<Architecture>(['x64', ...also])) {
    await platen(['boot', 'build', '--architecture', architecture, '--boot-dir', bootDir], onProgress)
  }
  onProgress('a probe guest shows whether KVM works here')
  return { bootDir, accelerator: await chooseAccelerator(join(bootDir, 'x64/vmlinuz'), CACHE) }
}

async function platen(words: readonly string[], onProgress: (text: string) => void): Promise<void> {
  const name = words.slice(0, 2).join(' ')
  onProgress(`platen ${name}`)
  const process = new OwnedProcess(PROGRAM, words, { logFile: join(CACHE, `${name.replace(' ', '-')}.log`) })
  process.onDiagnostics((bytes) => {
    const last = bytes.toString().trimEnd().split('\n').at(-1)
    if (last !== undefined && last !== '') onProgress(`platen ${name}: ${last.trim()}`)
  })
  const ending = await process.ended
  if (ending !== '0') throw new Error(`platen ${name} ended with ${ending}:\n${process.tail()}`)
}
