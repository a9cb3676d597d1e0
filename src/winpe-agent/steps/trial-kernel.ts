// Which kernel of an image a trial starts. Pure, but for looking into folders.
import { open, readdir, stat } from 'node:fs/promises'
import type { Architecture } from '../../contract/values.ts'
import { pathInside } from './inside.ts'

export interface KernelFile {
  /** In the boot OS. */
  readonly path: string
  /** As people know it: /boot/vmlinuz-6.12.0-amd64. */
  readonly name: string
}

const KERNEL_NAME = /^(vmlinuz|vmlinux|Image|bzImage|kernel)([-.].*)?$/
const NOT_A_SYSTEM = /rescue|recovery|\.old$|\.sig$|\.hmac$/
/** Where the boot sector of Linux/x86 says that it is one, and what follows. */
const X86_MAGIC = { at: 0x202, text: 'HdrS' }
const ARM64_MAGIC = { at: 56, text: 'ARMd' }
const HEAD_BYTES = 0x210
/** A gzip of a kernel for arm64, which kexec expands. */
const GZIP = [0x1f, 0x8b]

/** The newest kernel in a folder below a root, whose links are followed as the root itself would; undefined: there is none. */
export async function newestKernelIn(root: string, folder: string): Promise<KernelFile | undefined> {
  const names = await readdir(await pathInside(root, folder)).catch(() => [])
  for (const name of orderKernels(names)) {
    const path = await pathInside(root, `${folder}/${name}`)
    const found = await stat(path).catch(() => undefined)
    if (found?.isFile()) return { path, name: `/boot/${name}` }
  }
  return undefined
}

/** Names of kernels, the newest first: one without a version is what the image itself points at. */
export function orderKernels(names: readonly string[]): string[] {
  const isPlain = (name: string) => !/[-.]/.test(name)
  return names
    .filter((name) => KERNEL_NAME.test(name) && !NOT_A_SYSTEM.test(name))
    .sort((a, b) => Number(isPlain(b)) - Number(isPlain(a)) || b.localeCompare(a, 'en', { numeric: true }))
}

/** undefined: its first bytes say nothing that is known. */
export async function architectureOf(path: string): Promise<Architecture | undefined> {
  await using file = await open(path)
  const head = Buffer.alloc(HEAD_BYTES)
  await file.read(head, 0, head.length, 0)
  const has = ({ at, text }: { at: number; text: string }) => head.toString('latin1', at, at + text.length) === text
  if (has(X86_MAGIC)) return 'x64'
  if (has(ARM64_MAGIC) || GZIP.every((byte, index) => head[index] === byte)) return 'arm64'
  return undefined
}
