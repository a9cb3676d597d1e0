// Who keeps a disk from being opened alone: mounts of any namespace, swap, devices built on it, programs that have it open. Reads /sys and
// /proc below a root.
import type { DiskHolder } from '../imaging/open-disk.ts'
import type { Sysfs } from './sysfs.ts'

/** Empty: nobody that can be seen, so it may be for a moment only. */
export function whoHolds(devicePath: string, system: Sysfs): DiskHolder[] {
  const name = devicePath.replace(/^\/dev\//, '')
  const names = [name, ...partitionsOf(name, system)]
  const numbers = new Map(names.map((one) => [system.text(`sys/class/block/${one}/dev`), one]))
  const paths = new Map(names.map((one) => [`/dev/${one}`, one]))
  const built = names.flatMap((one) =>
    system.list(`sys/class/block/${one}/holders`).map((holder) => `/dev/${one} is part of ${holder}`),
  )
  const swaps = (system.text('proc/swaps') ?? '').split('\n').flatMap((line) => {
    const [path = ''] = line.split(/\s/)
    return paths.has(path) ? [`${path} is used as swap`] : []
  })
  const mounts: string[] = []
  const programs: string[] = []
  for (const pid of system.list('proc').filter((entry) => /^\d+$/.test(entry))) {
    const program = `${system.text(`proc/${pid}/comm`) ?? 'a program'} (process ${pid})`
    for (const { device, place, source } of mountsOf(system.text(`proc/${pid}/mountinfo`))) {
      const mounted = numbers.get(device) ?? paths.get(source)
      if (mounted !== undefined) mounts.push(`/dev/${mounted} is mounted at ${place}`)
    }
    if (pid === String(process.pid)) continue
    for (const fd of system.list(`proc/${pid}/fd`)) {
      const opened = paths.get(system.link(`proc/${pid}/fd/${fd}`) ?? '')
      if (opened !== undefined) programs.push(`/dev/${opened} is open in ${program}`)
    }
  }
  const holders = (lines: readonly string[], stays: boolean) => [...new Set(lines)].map((what) => ({ what, stays }))
  return [...holders([...built, ...swaps, ...mounts], true), ...holders(programs, false)]
}

function partitionsOf(name: string, system: Sysfs): string[] {
  const below = `sys/class/block/${name}`
  return system.list(below).filter((entry) => entry.startsWith(name) && system.exists(`${below}/${entry}/partition`))
}

interface Mount {
  readonly device: string
  readonly place: string
  /** Btrfs shows a device number of its own, but says here what it lies on. */
  readonly source: string
}

/** proc_pid_mountinfo(5): id, parent, major:minor, root, mount point, options, fields up to a dash, type, source. */
function mountsOf(text: string | undefined): Mount[] {
  return (text ?? '').split('\n').flatMap((line) => {
    const fields = line.split(' ')
    const dash = fields.indexOf('-', 6)
    if (dash < 0) return []
    return [{ device: fields[2]!, place: unescaped(fields[4]!), source: unescaped(fields[dash + 2] ?? '') }]
  })
}

/** Blanks and the like are written as octal numbers. */
const unescaped = (text: string): string =>
  text.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)))
