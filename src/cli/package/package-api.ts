// What the commands ask an appliance about packages.
import type {
  PackageList,
  PackageRelation,
  PackageVersionView,
  PackageView,
  Resolution,
  ResolveQuery,
} from '../../contract/package.ts'

export interface PackageApi {
  packages(): Promise<PackageList>
  package(name: string): Promise<PackageView>
  /** A folder with a package.yaml, or a .deb. */
  addPackage(path: string): Promise<PackageVersionView>
  removePackage(name: string, version: string): Promise<void>
  resolvePackages(query: ResolveQuery): Promise<Resolution>
}

/** NAME or NAME@RANGE, as people type what they want of a package. */
export function packageWord(word: string): PackageRelation {
  const at = word.indexOf('@')
  return at < 0 ? { name: word } : { name: word.slice(0, at), range: word.slice(at + 1) }
}
