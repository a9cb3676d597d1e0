// Where the appliance keeps things, as whole paths: what is started from another folder must mean the same. Pure.
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Settings } from './config.ts'

export const PROGRAM_DIR = fileURLToPath(new URL('../..', import.meta.url))

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
