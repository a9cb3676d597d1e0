// Keeps the shared libraries that programs are linked with, and finds those that are missing. Pure: archive entries in and out.
import { AppError } from '../src/contract/errors.ts'
import { byPath, type CpioEntry } from './cpio.ts'
import { isElf, neededLibraries } from './elf.ts'

/** Opened by name while a program runs, so no program is linked with them. */
const OPENED_AT_RUN_TIME = [
  /\/libnss_(dns|files)\.so/,
  /\/libgcc_s\.so/,
  /\/libdevmapper-event-/,
  /\/device-mapper\//,
  /\/libkmod\.so/,
]
const LIBRARY = /^usr\/lib\/.*\.so(\.[\w.]+)?$/

/** Drops libraries that came with a package but that nothing here uses; complains about one that something needs and nobody brings. */
export function keepNeededLibraries(entries: readonly CpioEntry[], programsElsewhere: readonly CpioEntry[] = []): CpioEntry[] {
  const libraries = entries.filter(isLibrary)
  const byName = Map.groupBy(libraries, (entry) => nameOf(entry.path))
  const roots = [...programsElsewhere, ...entries.filter((entry) => !isLibrary(entry) || isOpenedAtRunTime(entry))]
  const reached = new Set<CpioEntry>()
  const missing: string[] = []
  const queue = [...roots]
  for (let user = queue.pop(); user !== undefined; user = queue.pop()) {
    if (reached.has(user)) continue
    reached.add(user)
    for (const name of namesUsedBy(user)) {
      const namesakes = byName.get(name)
      // All of them: the dynamic loader of arm64 is a file in one folder and a link of the same name in another.
      if (namesakes !== undefined) queue.push(...namesakes)
      else if (user.kind === 'file') missing.push(`${user.path} needs ${name}`)
    }
  }
  if (missing.length > 0) throw librariesMissing(missing)
  return entries.filter((entry) => reached.has(entry)).sort(byPath)
}

/** A file uses what it is linked with, a link what it points to. */
function namesUsedBy(entry: CpioEntry): string[] {
  if (entry.kind === 'symlink') return isLibrary(entry) ? [nameOf(entry.target)] : []
  return entry.kind === 'file' && isElf(entry.content) ? neededLibraries(Buffer.from(entry.content)) : []
}

function isLibrary(entry: CpioEntry): boolean {
  return (entry.kind === 'file' || entry.kind === 'symlink') && LIBRARY.test(entry.path)
}

function isOpenedAtRunTime(entry: CpioEntry): boolean {
  return OPENED_AT_RUN_TIME.some((pattern) => pattern.test(entry.path))
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}

function librariesMissing(missing: readonly string[]): AppError {
  return new AppError(
    'BOOT_OS_FILE_MISSING',
    `the boot OS would lack shared libraries: ${missing.join(', ')}`,
    'Take the package that brings the library out of LEFT_OUT_PACKAGES in boot/recipe.ts, or cut the program away in PATHS_LEFT_OUT.',
  )
}
