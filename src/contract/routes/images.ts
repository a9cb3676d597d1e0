// Routes of images, of the chunk store, and of what brings images in and out. Pure.
import type { ErrorCode } from '../errors.ts'
import { BUNDLE_TYPE, CHUNK_STREAM_TYPE, MANIFEST_TYPE, TRANSFER_PATH } from '../image-transfer.ts'
import { OPERATOR_API_PREFIX } from '../operator-api.ts'
import type { Role } from '../people.ts'
import { operatorRows } from './operator-rows.ts'
import { JSON_BYTES, type More, type Route, rows, SMALL_BYTES } from './row.ts'

const row = operatorRows('images')
const image: readonly ErrorCode[] = ['IMAGE_NOT_FOUND']
const version: readonly ErrorCode[] = [...image, 'IMAGE_VERSION_NOT_FOUND', 'IMAGE_RECORD_DAMAGED']
const unread: readonly ErrorCode[] = ['IMAGE_MANIFEST_INVALID', 'IMAGE_DIGEST_MISMATCH']

const chunks: readonly ErrorCode[] = ['IMAGE_CHUNK_NOT_FOUND', 'IMAGE_CHUNK_CORRUPT']
const files: readonly ErrorCode[] = ['IMAGE_FILE_NOT_FOUND', 'IMAGE_FILESYSTEM_UNREAD']

export const IMAGE_ROUTES: readonly Route[] = [
  row('GET', '/images', 'listImages', 'All images with their versions', { role: 'viewer' }),
  row('GET', '/images/:imageName', 'getImage', 'One image', { role: 'viewer', errors: image }),
  row('GET', '/images/:imageName/versions/:version', 'getVersion', 'One version of an image', {
    role: 'viewer',
    errors: version,
  }),
  row(
    'POST',
    '/images/:imageName/versions/:version/verify',
    'beginVerify',
    'Begin to read a version out of the store and to digest it',
    { role: 'technician', errors: version },
  ),
  row(
    'GET',
    '/images/:imageName/versions/:version/verify',
    'getVerify',
    'How far the reading of a version is, and what the last time found',
    { role: 'viewer', errors: version },
  ),
  row('PUT', '/images/:imageName/versions/:version/tags/:tag', 'setTag', 'Move a tag to a version', {
    role: 'builder',
    errors: version,
  }),
  row('DELETE', '/images/:imageName/tags/:tag', 'removeTag', 'Take a tag away', { role: 'builder', errors: version }),
  row('PUT', '/images/:imageName/versions/:version/facts', 'setVersionFacts', 'Say what a version starts on and provides', {
    role: 'builder',
    body: SMALL_BYTES,
    errors: version,
  }),
  row('DELETE', '/images/:imageName/versions/:version', 'removeVersion', 'Remove a version', {
    role: 'operator',
    errors: [...version, 'IMAGE_VERSION_IN_USE'],
  }),
  row('POST', '/images/:imageName/prune', 'pruneImage', 'Remove the versions that a policy does not keep', {
    role: 'operator',
    body: SMALL_BYTES,
    errors: [...version, 'IMAGE_VERSION_IN_USE'],
  }),
  row('POST', '/images/collect', 'collectImages', 'Free the space of chunks that no version names', {
    role: 'operator',
    errors: ['OPERATION_CANCELLED', 'IMAGE_RECORD_DAMAGED', ...unread],
  }),
  row('POST', '/images/scrub', 'beginScrub', 'Begin to read every chunk of the store and to digest it', { role: 'technician' }),
  row('GET', '/images/scrub', 'getScrub', 'What the last scrub found, and how far one is', { role: 'viewer' }),
  row('GET', '/images/:imageName/versions/:version/bundle', 'getBundle', 'A version as one file', {
    role: 'builder',
    gives: BUNDLE_TYPE,
    errors: [...version, ...unread],
  }),
  row('GET', '/images/:imageName/versions/:version/disks/:disk', 'getDisk', 'A disk as a raw file, or a range of its bytes', {
    role: 'builder',
    errors: [...version, ...unread, 'IMAGE_RANGE_INVALID'],
  }),
  row('GET', '/images/:imageName/versions/:version/files', 'listFiles', 'What is in a folder of a version', {
    role: 'builder',
    errors: [...version, ...unread, ...chunks, ...files],
  }),
  row('GET', '/images/:imageName/versions/:version/files/content', 'getFile', 'The bytes of one file of a version', {
    role: 'builder',
    gives: 'application/octet-stream',
    errors: [...version, ...unread, ...chunks, ...files],
  }),
  row('POST', '/images/:imageName/versions/:version/nbd', 'offerDisk', 'A name by which one address may read a disk by NBD', {
    role: 'builder',
    body: SMALL_BYTES,
    errors: [...version, ...unread, 'IMAGE_NBD_OFF'],
  }),
  row('POST', '/images/:imageName/imports', 'beginImport', 'Begin to bring an image', { role: 'builder' }),
  row('DELETE', '/imports/:importId', 'endImport', 'Give up an import', { role: 'builder' }),
  row('GET', '/images/:imageName/diff/:from/:to', 'diffVersions', 'What differs between two versions, by partition', {
    role: 'viewer',
    errors: [...version, ...unread],
  }),
]

/** Of a disk of some terabytes, compressed: digests of 32 bytes for every 2 MiB, and its extents. What it expands to is bounded by its reader. */
export const MANIFEST_BYTES = 96 * 1024 * 1024
/** Four thousand digests. */
const QUERY_BYTES = 320 * 1024
/** A batch of chunks: the most that anybody sends is 32 of 16 MiB. */
export const CHUNK_BATCH_BYTES = 1024 * 1024 * 1024

/** What moves images, said once: for agents with the lease of a capture, for tools with the id of an import. */
export const MOVING = {
  reservation: { body: SMALL_BYTES, errors: ['IMAGE_STORE_FULL', 'JOB_CONTENT_REFUSED'] },
  chunks: {
    body: CHUNK_BATCH_BYTES,
    takes: CHUNK_STREAM_TYPE,
    errors: [
      'JOB_CONTENT_REFUSED',
      'IMAGE_CHUNK_STREAM_INVALID',
      'IMAGE_DIGEST_MISMATCH',
      'IMAGE_CHUNK_CORRUPT',
      'IMAGE_STORE_FULL',
    ],
  },
  manifest: {
    body: MANIFEST_BYTES,
    takes: MANIFEST_TYPE,
    errors: [
      'JOB_CONTENT_REFUSED',
      'IMAGE_MANIFEST_INVALID',
      'IMAGE_MANIFEST_INCOMPLETE',
      'IMAGE_CHUNK_NOT_FOUND',
      'IMAGE_CHUNK_CORRUPT',
      'IMAGE_DIGEST_MISMATCH',
      'IMAGE_TABLE_INVALID',
      'IMAGE_STORE_FULL',
    ],
  },
  /** Sixty-four names of six hundred characters. */
  disks: { body: JSON_BYTES },
  missing: { body: QUERY_BYTES, errors: ['JOB_CONTENT_REFUSED'] },
  sections: { body: QUERY_BYTES, errors: ['JOB_CONTENT_REFUSED'] },
  blocks: { body: QUERY_BYTES, errors: ['JOB_CONTENT_REFUSED'] },
  fetch: { body: QUERY_BYTES, gives: CHUNK_STREAM_TYPE, errors: ['JOB_CONTENT_REFUSED'] },
  differences: { body: JSON_BYTES, errors: ['JOB_CONTENT_REFUSED'] },
  readManifest: { gives: MANIFEST_TYPE, errors: [...version, ...unread, 'JOB_CONTENT_REFUSED'] },
} as const satisfies Record<string, More>

const move = rows<{ readonly role: Role }>('transfer', `${OPERATOR_API_PREFIX}${TRANSFER_PATH}`, ({ role }) => ({
  kind: 'operator',
  role,
}))
const brings = { role: 'builder' } as const
const takes = { role: 'viewer' } as const

export const TRANSFER_ROUTES: readonly Route[] = [
  move('POST', '/jobs/:jobId/reservation', 'reserveForImport', 'Ask for the room of an import', {
    ...brings,
    ...MOVING.reservation,
  }),
  move('POST', '/jobs/:jobId/chunks', 'putImportChunks', 'Store chunks of an import', { ...brings, ...MOVING.chunks }),
  move('POST', '/jobs/:jobId/disks', 'noteImportDisks', 'Tell which disks a job wrote; an import has none', {
    ...brings,
    ...MOVING.disks,
  }),
  move('POST', '/jobs/:jobId/manifest', 'publishImport', 'Publish what was imported as the next version', {
    ...brings,
    ...MOVING.manifest,
  }),
  move('POST', '/chunks/missing', 'listMissingChunks', 'Which of these digests the store lacks', { ...takes, ...MOVING.missing }),
  move('POST', '/chunks/sections', 'listChunkSections', 'Digests of the sections of stored chunks', {
    ...takes,
    ...MOVING.sections,
  }),
  move('POST', '/chunks/blocks', 'listChunkBlocks', 'Digests of the blocks of stored chunks', { ...takes, ...MOVING.blocks }),
  move('POST', '/chunks/fetch', 'fetchChunks', 'Chunks, in the order asked, for an export', { ...takes, ...MOVING.fetch }),
  move('POST', '/chunks/differences', 'fetchChunkDifferences', 'What of chunks somebody lacks who holds something like them', {
    ...takes,
    ...MOVING.differences,
  }),
  move('GET', '/images/:imageName/versions/:version/manifest', 'getManifest', 'The manifest of a version', {
    ...takes,
    ...MOVING.readManifest,
  }),
]
