// Small files of /sys and /proc as text. Touches the filesystem below a root, so that a recorded tree can stand in for it.
import { readdirSync, readFileSync, readlinkSync, realpathSync } from 'node:fs'
import { basename, join } from 'node:path'

export interface Sysfs {
  /** Trimmed content; undefined when it is not there, cannot be read, or is empty. */
  text(path: string): string | undefined
  bytes(path: string): Uint8Array | undefined
  number(path: string): number | undefined
  list(path: string): string[]
  exists(path: string): boolean
  /** Last word of what a link leads to: the driver's name. */
  linkName(path: string): string | undefined
  /** What a link leads to, as it is written. */
  link(path: string): string | undefined
  /** The path with all links followed, without the root: /sys/devices/pci0000:00/… */
  real(path: string): string | undefined
}

export function openSysfs(root: string): Sysfs {
  const attempt = <T>(read: () => T): T | undefined => {
    try {
      return read()
    } catch {
      // Absent, or a driver that answers EIO or EINVAL (the speed of a card without a cable).
      return undefined
    }
  }
  const bytes = (path: string) => attempt(() => readFileSync(join(root, path)))
  const text = (path: string) => {
    const value = bytes(path)?.toString('utf8').replaceAll('\0', '').trim()
    return value === '' ? undefined : value
  }
  return {
    bytes,
    text,
    number(path) {
      const value = Number(text(path))
      return text(path) !== undefined && Number.isFinite(value) ? value : undefined
    },
    list: (path) => attempt(() => readdirSync(join(root, path)).sort()) ?? [],
    exists: (path) => attempt(() => realpathSync(join(root, path))) !== undefined,
    link: (path) => attempt(() => readlinkSync(join(root, path))),
    linkName: (path) => attempt(() => basename(readlinkSync(join(root, path)))),
    real(path) {
      const real = attempt(() => realpathSync(join(root, path)))
      const base = attempt(() => realpathSync(root)) ?? root
      return real?.slice(base === '/' ? 0 : base.length)
    },
  }
}
