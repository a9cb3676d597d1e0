// Entries that name nothing that there is, or two images for one processor type, are refused when they are said. Pure.
import { AppError } from '../../contract/errors.ts'
import type { WantedImage } from '../../contract/wanted.ts'
import { type KnownImage, wantedVersion } from './wanted-version.ts'

/** who: the node or class that should run them. */
export function refuseEntries(who: string, runs: readonly WantedImage[], images: readonly KnownImage[]): void {
  refuseTwice(who, runs)
  for (const entry of runs) if (wantedVersion(entry, images) === undefined) throw cannotRun(who, entry)
}

function refuseTwice(name: string, runs: readonly WantedImage[]): void {
  const types = runs.map(({ architecture = 'any other' }) => architecture)
  const twice = types.find((each, index) => types.indexOf(each) !== index)
  if (twice === undefined) return
  throw new AppError(
    'REQUEST_INVALID',
    `${name} names two images for processors of type ${twice}`,
    'Say one for each processor type, and at most one without.',
  )
}

function cannotRun(name: string, { architecture, image, version, tag }: WantedImage): AppError {
  const which = version === undefined ? (tag === undefined ? '' : ` tagged ${tag}`) : ` ${version}`
  const where = architecture === undefined ? '' : ` that starts on ${architecture}`
  return new AppError(
    'IMAGE_VERSION_NOT_FOUND',
    `${name} cannot run ${image}: there is no version${which}${where}`,
    'See `platen image list`.',
  )
}
