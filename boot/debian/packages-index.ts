// Reads a Debian Packages index. Pure: text in, packages out.
import type { Relation } from './version.ts'

export interface DebianPackage {
  readonly name: string
  readonly version: string
  /** Below the mirror's root: pool/main/… */
  readonly path: string
  /** SHA-256 of the .deb, which the signed index vouches for. */
  readonly digest: string
  readonly sizeBytes: number
  /** Pre-Depends and Depends: all groups must hold, one alternative of each is enough. */
  readonly depends: readonly (readonly Dependency[])[]
  readonly provides: readonly { readonly name: string; readonly version?: string }[]
}

export interface Dependency {
  readonly name: string
  readonly relation?: Relation
  readonly version?: string
}

export function parsePackagesIndex(text: string): DebianPackage[] {
  return text
    .split(/\n\n+/)
    .filter((paragraph) => paragraph.startsWith('Package: '))
    .map(parsePackage)
}

export function parseDependencies(field: string): Dependency[][] {
  return splitList(field, ',').map((group) => splitList(group, '|').map(parseDependency))
}

function parsePackage(paragraph: string): DebianPackage {
  const fields = parseFields(paragraph)
  const field = (name: string) => fields.get(name) ?? ''
  return {
    name: field('Package'),
    version: field('Version'),
    path: field('Filename'),
    digest: field('SHA256'),
    sizeBytes: Number(field('Size')),
    depends: [...parseDependencies(field('Pre-Depends')), ...parseDependencies(field('Depends'))],
    provides: parseDependencies(field('Provides')).flat(),
  }
}

function parseFields(paragraph: string): Map<string, string> {
  const fields = new Map<string, string>()
  // A line that starts with a space goes on with the field above it.
  for (const line of paragraph.replace(/\n[ \t]+/g, ' ').split('\n')) {
    const colon = line.indexOf(':')
    if (colon > 0) fields.set(line.slice(0, colon), line.slice(colon + 1).trim())
  }
  return fields
}

/** "python3:any (>= 3.2~)": the architecture qualifier says nothing when there is one architecture. */
function parseDependency(text: string): Dependency {
  const [, name = text, relation, version] =
    /^([a-z0-9][a-z0-9+.-]*)(?::[a-z0-9]+)?(?:\s*\((<<|<=|=|>=|>>)\s*([^)\s]+)\s*\))?/.exec(text) ?? []
  return relation === undefined || version === undefined ? { name } : { name, relation: relation as Relation, version }
}

function splitList(field: string, separator: string): string[] {
  return field
    .split(separator)
    .map((part) => part.trim())
    .filter((part) => part !== '')
}
