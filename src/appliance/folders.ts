// Where the appliance keeps things, as whole paths: what is started from another folder must mean the same.
import { accessSync, constants } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Settings } from './config.ts'

export const PROGRAM_DIR = fileURLToPath(new URL('../..', import.meta.url))

/** Of an installed program, which is root's and lies where nobody writes. */
const SYSTEM_CACHE = '/var/cache/platen'

/** What was downloaded once and may be downloaded again: beside the program, where that can be written. */
export function cacheFolder(programDir: string = PROGRAM_DIR): string {
  return isWritable(programDir) || !isWritable(SYSTEM_CACHE) ? join(programDir, '.cache') : SYSTEM_CACHE
}

function isWritable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK)
    return true
  } catch {
    return false
  }
}

export interface Folders {
  readonly dataDir: string
  readonly profilesDir: string
  readonly packagesDir: string
  readonly centralDir: string
  readonly bootDir: string
}

export function foldersOf({ dataDir, profilesDir, packagesDir, centralDir, bootDir }: Settings, programDir: string): Folders {
  return {
    dataDir: resolve(dataDir),
    profilesDir: resolve(profilesDir ?? join(programDir, 'profiles')),
    packagesDir: resolve(packagesDir ?? join(dataDir, 'packages')),
    centralDir: resolve(centralDir ?? join(dataDir, 'central')),
    bootDir: resolve(bootDir ?? join(dataDir, 'boot')),
  }
}
