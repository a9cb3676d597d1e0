// NAME, NAME@VERSION or NAME:TAG -> the version that is meant.
import { AppError } from '../contract/errors.ts'
import type { ImageVersionView, ImageView } from '../contract/image.ts'

const REFERENCE = /^([^@:]+)(?:@(\d{1,9})|:(.+))?$/

/** Without version and tag: the newest. Throws IMAGE_NOT_FOUND or IMAGE_VERSION_NOT_FOUND. */
export function findVersion(reference: string, images: readonly ImageView[]): ImageVersionView {
  const [, name, number, tag] = REFERENCE.exec(reference) ?? []
  const image = images.find((one) => one.name === name)
  if (image === undefined) {
    throw new AppError('IMAGE_NOT_FOUND', `no image is called "${name ?? reference}"`, 'List them with `platen image list`.')
  }
  const found =
    number !== undefined
      ? image.versions.find(({ version }) => version === Number(number))
      : tag !== undefined
        ? image.versions.find(({ tags }) => tags.includes(tag))
        : image.versions.at(-1)
  if (found !== undefined) return found
  throw new AppError(
    'IMAGE_VERSION_NOT_FOUND',
    `image ${image.name} has no version ${number ?? `that is tagged "${tag}"`}`,
    `List its versions and tags with \`platen image show ${image.name}\`.`,
  )
}
