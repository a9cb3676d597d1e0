// The disk that is measured: GPT with one partition, filled from this machine's own /usr. Filled once, then kept and copied.
import { existsSync } from 'node:fs'
import { mkdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { BenchOptions, FilesystemCase } from './options.ts'
import { say, sh } from './shell.ts'

const MiB = 1024 * 1024

/** A loop device over a file; detach() leaves the file. */
export interface AttachedDisk {
  readonly file: string
  readonly path: string
  readonly partition: string
  readonly sizeBytes: number
  detach(): Promise<void>
}

export async function attach(file: string, sizeBytes: number): Promise<AttachedDisk> {
  const path = await sh(`losetup --find --show --direct-io=on ${file} 2>/dev/null || losetup --find --show ${file}`)
  await sh(`partx --update ${path} || true`)
  return {
    file,
    path,
    partition: `${path}p1`,
    sizeBytes,
    detach: async () => {
      await sh(`partx --delete ${path} 2>/dev/null || true; losetup --detach ${path}`)
    },
  }
}

/** The path of the filled disk's file; makes it when it is not there. */
export async function filledDisk({ sizeBytes, cacheDir }: BenchOptions, filesystem: FilesystemCase): Promise<string> {
  const file = join(cacheDir, `${filesystem}-${sizeBytes}.img`)
  if (existsSync(file)) return file
  say(`filling a disk of ${sizeBytes / 1e9} GB with ${filesystem} from /usr; kept as ${file}`)
  await mkdir(cacheDir, { recursive: true })
  const unfinished = `${file}.unfinished`
  await rm(unfinished, { force: true })
  await sh(`truncate -s ${sizeBytes} ${unfinished}; printf 'label: gpt\\ntype=L\\n' | sfdisk --quiet ${unfinished}`)
  const disk = await attach(unfinished, sizeBytes)
  try {
    await sh(
      filesystem === 'ext4'
        ? `mkfs.ext4 -q -E lazy_itable_init=0,lazy_journal_init=0 ${disk.partition}`
        : `mkfs.ntfs -q -f ${disk.partition}`,
    )
    await withMount(disk.partition, filesystem, (at) => fill(at, Math.floor(sizeBytes * 0.88)))
  } finally {
    await disk.detach()
  }
  await rename(unfinished, file)
  return file
}

/** Windows leaves access times alone, and so does ntfs-3g here: otherwise every folder that is listed changes its record. */
export async function withMount<T>(partition: string, filesystem: FilesystemCase, work: (at: string) => Promise<T>): Promise<T> {
  const at = await sh('mktemp -d')
  await sh(
    filesystem === 'ext4' ? `mount ${partition} ${at}` : `ntfs-3g -o big_writes,no_def_opts,silent,noatime ${partition} ${at}`,
  )
  try {
    return await work(at)
  } finally {
    await sh(`sync -f ${at}; umount ${at}; rmdir ${at}; while fuser -s ${partition} 2>/dev/null; do sleep 0.1; done`)
  }
}

/**
 * Replaces this share of the files as a package manager does: new file beside the old one, then renamed over it. Files whose
 * paths are neighbours are replaced together, as an upgrade of packages does. Gives the size of their new content as zstd -3 has it.
 */
export async function replaceFiles(at: string, share: number, turn: number): Promise<number> {
  const list = `${at}/.replaced`
  await sh(`find ${at} -xdev -type f -size +0 -print | LC_ALL=C sort > ${list}.all
    awk -v n=$(wc -l < ${list}.all) 'NR > n * ${share * turn} && NR <= n * ${share * (turn + 1)}' ${list}.all > ${list}
    while IFS= read -r f; do cp -a "$f" "$f.new"; head -c 512 /dev/urandom | dd of="$f.new" conv=notrunc status=none; mv "$f.new" "$f"; done < ${list}`)
  const bytes = await sh(`tar --create --file=- --files-from=${list} 2>/dev/null | zstd -3 -q | wc -c; rm ${list} ${list}.all`)
  return Number(bytes)
}

/** Files in the order of their names until the limit; each is copied as it is. */
async function fill(at: string, limitBytes: number): Promise<void> {
  await sh(`cd /usr; find . -xdev \\( -type f -o -type l \\) -printf '%s %p\\0' | LC_ALL=C sort -z -k2 |
    awk 'BEGIN { RS = ORS = "\\0" } { size = $1; sub(/^[0-9]+ /, ""); used += size + 4096; if (used > ${limitBytes}) exit; print }' |
    { tar --create --null --no-recursion --files-from=- --file=- 2>/dev/null || true; } | tar --extract --directory=${at} --file=- 2>/dev/null || true`)
  say(`filled: ${await sh(`df --block-size=${MiB} --output=used ${at} | tail -1`)} MiB in use`)
}

/** Out of memory with it, so that both sides read from the disk. */
export async function evict(disk: AttachedDisk): Promise<void> {
  await sh(
    `sync ${disk.path} ${disk.file}; blockdev --flushbufs ${disk.path}; dd of=${disk.file} oflag=nocache conv=notrunc,fdatasync count=0 status=none`,
  )
}
