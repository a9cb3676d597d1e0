// What a rack needs before machines are switched on: the boot OS, the profile's components, and the way to emulate. Cached.
import { join } from 'node:path'
import { chooseAccelerator } from './accelerator.ts'
import { OwnedProcess } from './owned-process.ts'
import type { Accelerator } from './qemu-arguments.ts'

const PROJECT = join(import.meta.dirname, '../..')
const PROGRAM = join(PROJECT, 'bin/platen')
const CACHE = join(PROJECT, '.cache/rack')

export interface Prepared {
  readonly bootDir: string
  readonly profileDir: string
  readonly accelerator: Accelerator
}

/** Each is quick when nothing changed since the last time. */
export async function prepare(profile: string, onStage: (stage: string) => void): Promise<Prepared> {
  const bootDir = join(PROJECT, '.cache/boot')
  const profileDir = join(PROJECT, 'profiles', profile)
  onStage('boot OS: platen boot build')
  await platen('boot', 'build', '--boot-dir', bootDir)
  onStage(`components: platen profile prepare ${profile}`)
  await platen('profile', 'prepare', profileDir)
  onStage('a probe guest shows whether KVM works here')
  return { bootDir, profileDir, accelerator: await chooseAccelerator(join(bootDir, 'x64/vmlinuz'), CACHE) }
}

async function platen(...words: string[]): Promise<void> {
  const logFile = join(PROJECT, '.cache', `${words[0]}-${words[1]}.log`)
  const process = new OwnedProcess(PROGRAM, words, { logFile })
  const ending = await process.ended
  if (ending !== '0') throw new Error(`platen ${words.join(' ')} ended with ${ending}:\n${process.tail()}`)
}
