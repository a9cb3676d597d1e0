// The program as an archive to unpack anywhere, and the list by which people check what they downloaded. Touches tar, gzip, minisign.
import { createHash } from 'node:crypto'
import { createReadStream, lstatSync, readdirSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { run } from './run.ts'

/** Of a folder with one entry, whose times and modes are settled. */
export function makeArchive(folder: string, path: string): void {
  const sameForAll = ['--sort=name', '--owner=0', '--group=0', '--numeric-owner', '--format=gnu']
  run('tar', [...sameForAll, '--use-compress-program=gzip -n -6', '-C', folder, '-cf', path, ...readdirSync(folder).sort()])
}

/** SHA256SUMS, as sha256sum(1) reads it. Path of the list. */
export async function writeChecksums(folder: string): Promise<string> {
  const names = readdirSync(folder)
    .filter((name) => !name.startsWith('SHA256SUMS') && lstatSync(join(folder, name)).isFile())
    .sort()
  const lines: string[] = []
  for (const name of names) lines.push(`${await digestOf(join(folder, name))}  ${name}\n`)
  const path = join(folder, 'SHA256SUMS')
  writeFileSync(path, lines.join(''))
  return path
}

/** A key without a password, or minisign asks for it. */
export function sign(path: string, key: string): void {
  run('minisign', ['-S', '-s', key, '-m', path, '-t', basename(path)])
}

export async function digestOf(path: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(path), hash)
  return hash.digest('hex')
}
