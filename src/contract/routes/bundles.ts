// Routes of composite bundles. Pure.
import { COMPOSITE_TYPE } from '../bundle.ts'
import type { ErrorCode } from '../errors.ts'
import { operatorRows } from './operator-rows.ts'
import { type Route, SMALL_BYTES } from './row.ts'

const row = operatorRows('bundles')

/** All the images of a large site. What is brought is written to the disk as it comes: the disk is the limit before this is. */
const BUNDLE_BYTES = 16 * 1024 ** 4

const content: readonly ErrorCode[] = ['IMAGE_MANIFEST_INVALID', 'IMAGE_STORE_FULL']

export const BUNDLE_ROUTES: readonly Route[] = [
  row('GET', '/bundle-key', 'getBundleKey', 'The key by which bundles of this appliance are signed', { role: 'viewer' }),
  row('GET', '/bundle', 'makeBundle', 'A bundle of what is here, signed, as one file', {
    role: 'admin',
    gives: COMPOSITE_TYPE,
    errors: ['BUNDLE_SELECTION_UNKNOWN', 'BUNDLE_INVALID', 'IMAGE_RECORD_DAMAGED'],
  }),
  row('POST', '/bundles', 'bringBundle', 'Bring a bundle: all of it is checked, nothing is installed', {
    role: 'admin',
    body: BUNDLE_BYTES,
    takes: COMPOSITE_TYPE,
    errors: ['BUNDLE_INVALID', 'BUNDLE_FORMAT_NEWER', 'BUNDLE_SIGNATURE_WRONG', 'BUNDLE_KEY_UNKNOWN', ...content],
  }),
  row('GET', '/bundles/:id', 'getBroughtBundle', 'What a bundle that was brought holds, and how it stands to what is here', {
    role: 'admin',
    errors: ['BUNDLE_NOT_FOUND'],
  }),
  row('POST', '/bundles/:id/install', 'installBundle', 'Install a bundle that was brought: all of it, or nothing', {
    role: 'admin',
    body: SMALL_BYTES,
    errors: [
      'BUNDLE_NOT_FOUND',
      'BUNDLE_CONFLICT',
      'BUNDLE_PLACE_READ_ONLY',
      'BUNDLE_UNFINISHED',
      'IMAGE_MANIFEST_INCOMPLETE',
      ...content,
    ],
  }),
  row('DELETE', '/bundles/:id', 'dropBundle', 'Give up a bundle that was brought', {
    role: 'admin',
    errors: ['BUNDLE_NOT_FOUND'],
  }),
]
