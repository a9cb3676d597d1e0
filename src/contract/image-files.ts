// The files of a version, as they are looked at without a deploy. Pure: schemas and their types.
import { type Static, Type } from 'typebox'
import { ContentKind } from './image.ts'
import { NamedObject } from './named.ts'
import { SizeBytes } from './values.ts'

const one = Type.Integer({ minimum: 1 })
const Path = Type.String({ maxLength: 4096 })

/** GET /images/:imageName/versions/:version/files, …/files/content */
export const FilesQuery = Type.Object({
  /** A folder, or a file; left out, the root. */
  path: Type.Optional(Path),
  /** From 1; left out, the first. */
  disk: Type.Optional(one),
  /** Its number, 0 for a disk without a table; left out, the largest that can be read. */
  partition: Type.Optional(Type.Integer({ minimum: 0 })),
})
export type FilesQuery = Static<typeof FilesQuery>

export const ImageFile = NamedObject('ImageFile', {
  name: Type.String(),
  kind: Type.Union([Type.Literal('file'), Type.Literal('folder'), Type.Literal('link'), Type.Literal('other')]),
  sizeBytes: SizeBytes,
  /** rwxr-xr-x; left out where the filesystem has none. */
  rights: Type.Optional(Type.String()),
  modifiedAt: Type.Optional(Type.String()),
  /** Where a link leads, inside the filesystem. */
  target: Type.Optional(Type.String()),
})
export type ImageFile = Static<typeof ImageFile>

export const ImageFiles = NamedObject('ImageFiles', {
  disk: one,
  partition: Type.Integer(),
  content: ContentKind,
  /** Where the path led, with all links followed. */
  path: Type.String(),
  /** What is in the folder; of a file, itself. */
  files: Type.Array(ImageFile),
})
export type ImageFiles = Static<typeof ImageFiles>
