// The initrd: the first init with what it needs, and the system's layers as files. Touches boot/early, reading only.
import { readFile } from 'node:fs/promises'
import { type CpioEntry, encodeCpio } from './cpio.ts'
import { directory, file, withParents } from './file-tree.ts'

const FIRST_INIT = new URL('./early/init', import.meta.url).pathname
/** Where the first init mounts. */
const MOUNT_POINTS = ['changes', 'dev', 'layers/modules', 'layers/node', 'layers/system', 'system']

export interface InitrdParts {
  /** Linked statically. */
  readonly busybox: Uint8Array
  /** In the order in which they have to be loaded. */
  readonly modules: readonly Uint8Array[]
  /** Squashfs images. */
  /** What the system was made from, for it to say so. */
  readonly identity: string
  readonly layers: { readonly node: Uint8Array; readonly modules: Uint8Array; readonly system: Uint8Array }
}

/** Not compressed as a whole: nearly all of it is compressed already. */
export async function buildInitrd({ busybox, modules, identity, layers }: InitrdParts): Promise<Buffer> {
  const entries: CpioEntry[] = [
    ...MOUNT_POINTS.map(directory),
    file('identity/recipe', identity),
    file('init', await readFile(FIRST_INIT), true),
    file('bin/busybox', busybox, true),
    ...modules.map((module, index) => file(`modules/${index}.ko`, module)),
    ...Object.entries(layers).map(([name, image]) => file(`layers/${name}.squashfs`, image)),
    // Opened by the kernel for the first process, before anything is mounted.
    { kind: 'character-device', path: 'dev/console', mode: 0o600, major: 5, minor: 1 },
  ]
  return padInitrd(Buffer.concat([...encodeCpio(withParents(entries))]))
}

/** To a multiple of four bytes: some loaders put initrds one after the other without a gap, and the kernel looks for the next one only there. Pure. */
export function padInitrd(archive: Uint8Array): Buffer {
  return Buffer.concat([archive, Buffer.alloc((4 - (archive.length % 4)) % 4)])
}
