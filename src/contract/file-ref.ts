// A file that is kept by its digest. Pure: schema and type.
import { type Static, Type } from 'typebox'
import { NamedObject } from './named.ts'
import { Digest, SizeBytes } from './values.ts'

/** Of a profile revision or a package; the agent fetches it and checks the digest. */
export const FileRef = NamedObject('FileRef', { path: Type.String(), digest: Digest, sizeBytes: SizeBytes })
export type FileRef = Static<typeof FileRef>
