// How the packages of a step are changed in a root, and how they come back when that fails. Touches nothing but by what it is given.
import type { PackageContent } from '../../contract/package.ts'
import type { PackagesStep } from '../../contract/steps.ts'
import type { PackageRoot } from './package-root.ts'

/** As it was before: what came goes again. What cannot be put back is told, and what had failed stays the reason. */
export async function putBack(
  { removes, installs, restores = [] }: Pick<PackagesStep, 'removes' | 'installs' | 'restores'>,
  inside: Pick<PackageRoot, 'remove' | 'install'>,
  log: (line: string) => void,
): Promise<void> {
  const attempt = async (what: string, act: () => Promise<void>) => {
    log(`putting back: ${what}`)
    await act().catch((error: unknown) => log(`that could not be put back: ${String(error)}`))
  }
  const isBefore = ({ name }: PackageContent) => [...restores, ...removes].some((each) => each.name === name)
  // Of a .deb that only changed, dpkg puts the version of before in its place.
  for (const each of installs.toReversed().filter((one) => one.kind === 'folder' || !isBefore(one)))
    await attempt(`${nameOf(each)} goes`, () => inside.remove(each))
  for (const group of inOneGo(restores)) await attempt(`${group.map(nameOf).join(', ')} comes`, () => inside.install(group))
}

const nameOf = ({ name, version }: PackageContent): string => `${name} ${version}`

/** Neighbouring .debs are given to dpkg together: they may need each other. */
export function inOneGo(installs: readonly PackageContent[]): readonly (readonly PackageContent[])[] {
  const groups: PackageContent[][] = []
  for (const each of installs) {
    const last = groups.at(-1)
    if (each.kind === 'deb' && last?.[0]?.kind === 'deb') last.push(each)
    else groups.push([each])
  }
  return groups
}
