// Programs that keep versions of anything in a store of chunks, on disks: each with the settings that are nearest to ours.
import { join } from 'node:path'
import { installedProgram } from '../rig/programs.ts'
import type { AttachedDisk } from './filled-disk.ts'
import { sh, timed } from './shell.ts'

/** A store of images and their versions. Each command gives its seconds, and ends when what it wrote is on the disk. */
export interface Archiver {
  readonly name: string
  /** Where its store is. */
  readonly folder: string
  capture(disk: AttachedDisk, image: string, version: number): Promise<number>
  /** Onto a disk that reads as zeros. */
  restore(disk: AttachedDisk, image: string, version: number): Promise<number>
}

const READ = (disk: AttachedDisk): string => `dd if=${disk.path} bs=2M iflag=direct status=none`
const WRITE = (disk: AttachedDisk): string =>
  `dd of=${disk.path} bs=2M iflag=fullblock conv=sparse,notrunc status=none; sync ${disk.path} ${disk.file}`

const secondsOf = async (command: string): Promise<number> => (await timed(() => sh(command))).seconds

/** Throws when one of them can be had neither here nor from Debian. */
export async function archivers(work: string): Promise<readonly Archiver[]> {
  return [await borg(join(work, 'borg')), await restic(join(work, 'restic')), await casync(join(work, 'casync'))]
}

/** Chunks of a fixed size, as ours: for disks it says so itself. */
async function borg(folder: string): Promise<Archiver> {
  const path = installedProgram('borg', 'borgbackup')
  const command = `BORG_BASE_DIR=${folder}.base BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK=yes ${path}`
  await sh(`mkdir -p ${folder}.base; ${command} init --encryption none ${folder}`)
  const settings = '--compression zstd,3 --chunker-params fixed,2097152 --files-cache disabled'
  return {
    name: 'borg',
    folder,
    capture: (disk, image, version) =>
      secondsOf(`${READ(disk)} | ${command} create ${settings} ${folder}::${image}-${version} -; sync -f ${folder}`),
    restore: (disk, image, version) => secondsOf(`${command} extract --stdout ${folder}::${image}-${version} | ${WRITE(disk)}`),
  }
}

async function restic(folder: string): Promise<Archiver> {
  const path = installedProgram('restic', 'restic')
  const command = `RESTIC_PASSWORD=bench RESTIC_CACHE_DIR=${folder}.cache ${path} --quiet --repo ${folder}`
  await sh(`${command} init --repository-version 2`)
  return {
    name: 'restic',
    folder,
    capture: (disk, image, version) =>
      secondsOf(
        `${READ(disk)} | ${command} backup --tag ${image}-${version} --stdin --stdin-filename ${image}; sync -f ${folder}`,
      ),
    restore: (disk, image, version) => secondsOf(`${command} dump --tag ${image}-${version} latest ${image} | ${WRITE(disk)}`),
  }
}

/** Takes no stream, but the disk itself. */
async function casync(folder: string): Promise<Archiver> {
  const path = installedProgram('casync', 'casync')
  const index = (image: string, version: number): string => `${folder}/${image}-${version}.caibx`
  await sh(`mkdir -p ${folder}`)
  return {
    name: 'casync',
    folder,
    capture: (disk, image, version) =>
      secondsOf(
        `${path} make --store=${folder}/store.castr ${index(image, version)} ${disk.path} > /dev/null; sync -f ${folder}`,
      ),
    restore: (disk, image, version) =>
      secondsOf(
        `${path} extract --store=${folder}/store.castr ${index(image, version)} ${disk.path}; sync ${disk.path} ${disk.file}`,
      ),
  }
}
