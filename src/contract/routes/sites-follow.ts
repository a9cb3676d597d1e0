// Routes between a central and its sites, and of people who look after either. Pure.
import { SITE_API_PREFIX } from '../central/follow.ts'
import { MOVING } from './images.ts'
import { operatorRows } from './operator-rows.ts'
import { JSON_BYTES, type More, type Route, type RouteMethod, rows, SMALL_BYTES } from './row.ts'

const sites = operatorRows('sites')
const site = rows<object>('site', SITE_API_PREFIX, () => ({ kind: 'own-proof', proof: 'site-signature' }))
const NOT_OFFERED = { errors: ['SITE_CONTENT_NOT_FOUND'] } as const
/** Two thousand nodes, and what fails. */
const REPORT_BYTES = 2 * JSON_BYTES
/** What a site's own API answers, in base64. */
const ANSWER_BYTES = 16 * JSON_BYTES

/** Whoever asks is let in by the role that the site's own table names for the call. */
const relayed = (method: RouteMethod, operationId: string): Route => ({
  ...sites(method, '/sites/:site/api/*', operationId, "Ask a site's own API, through the line that the site holds", {
    role: 'viewer',
    body: method === 'GET' || method === 'DELETE' ? 0 : JSON_BYTES,
    errors: ['SITE_NOT_FOUND', 'SITE_AWAY', 'SITE_REQUEST_NOT_RELAYED', 'SITE_ANSWER_TOO_LARGE'],
  }),
})

export const FOLLOW_ROUTES: readonly Route[] = [
  sites('GET', '/sites', 'listSites', 'The sites that follow this appliance, and how they stand', { role: 'viewer' }),
  sites('GET', '/sites/:site', 'getSite', 'One site: what it is offered, what it has, what happened there', {
    role: 'viewer',
    errors: ['SITE_NOT_FOUND'],
  }),
  sites('POST', '/sites/:site/code', 'addSiteCode', 'Make a code by which the site joins, once; told this once', {
    role: 'admin',
    body: SMALL_BYTES,
    errors: ['SITE_NOT_FOUND'],
  }),
  sites('POST', '/sites/:site/move', 'moveSite', 'Have a site follow another central', {
    role: 'admin',
    body: SMALL_BYTES,
    errors: ['SITE_NOT_FOUND', 'SITE_AWAY', 'SITE_CODE_REFUSED', 'SITE_CENTRAL_NOT_PROVEN'],
  }),
  sites('POST', '/sites/:site/retire', 'retireSite', 'Serve a site no longer; what it has it keeps', {
    role: 'admin',
    errors: ['SITE_NOT_FOUND'],
  }),
  sites('POST', '/sites/:site/resume', 'resumeSite', 'What this central offers is right, whatever the site holds', {
    role: 'admin',
    errors: ['SITE_NOT_FOUND'],
  }),
  sites('PUT', '/site-updates', 'setSiteUpdates', 'Stop what comes to sites, let it go on, order the rings', {
    role: 'operator',
    body: SMALL_BYTES,
  }),
  relayed('GET', 'askSite'),
  relayed('POST', 'postToSite'),
  relayed('PUT', 'putToSite'),
  relayed('PATCH', 'patchAtSite'),
  relayed('DELETE', 'deleteAtSite'),

  sites('GET', '/central', 'getCentral', 'The central that this appliance follows, and how far it is', {
    role: 'viewer',
    errors: ['SITE_NOT_FOLLOWING'],
  }),
  sites('POST', '/central/join', 'joinCentral', 'Follow a central', {
    role: 'admin',
    body: SMALL_BYTES,
    errors: ['SITE_CODE_INVALID', 'SITE_CODE_REFUSED', 'SITE_CENTRAL_NOT_PROVEN', 'SITE_CENTRAL_UNREACHABLE'],
  }),
  sites('DELETE', '/central', 'leaveCentral', 'Follow nobody any more; all that is here stays', {
    role: 'admin',
    errors: ['SITE_NOT_FOLLOWING'],
  }),

  rows<object>('site', SITE_API_PREFIX, () => ({ kind: 'anybody' }))(
    'GET',
    '/central',
    'getCentralKey',
    'The key of this central; the code of a site says which one it must be',
    {},
  ),
  rows<object>('site', SITE_API_PREFIX, () => ({ kind: 'own-proof', proof: 'join-code' }))(
    'POST',
    '/join',
    'joinAsSite',
    'Join, by a code that was made here',
    { body: SMALL_BYTES, errors: ['SITE_CODE_REFUSED'] },
  ),
  site('POST', '/offer', 'getOffer', 'What this site should have, signed; 204 when it has the newest', {
    body: SMALL_BYTES,
    errors: ['SITE_CENTRAL_WENT_BACK'],
  }),
  site('GET', '/events', 'streamSiteEvents', 'What concerns this site, as it happens', { gives: 'text/event-stream' }),
  site('POST', '/answers/:id', 'answerCentral', 'What its own API answered', { body: ANSWER_BYTES }),
  site('POST', '/report', 'reportSite', 'How it stands at the site', { body: REPORT_BYTES }),
  site('POST', '/journal', 'reportSiteJournal', 'What happened at the site', { body: REPORT_BYTES }),
  site('GET', '/images/:imageName/versions/:version', 'getOfferedImage', 'What a version says of itself, signed', {
    errors: [...NOT_OFFERED.errors, 'IMAGE_NOT_FOUND', 'IMAGE_VERSION_NOT_FOUND', 'IMAGE_RECORD_DAMAGED'],
  }),
  site('GET', '/boot-builds/:architecture/:number', 'getOfferedBootBuild', 'What a build of the boot OS is, signed', NOT_OFFERED),
  site(
    'GET',
    '/boot-builds/:architecture/:number/files/:digest',
    'getOfferedBootBuildFile',
    'A file of a build of the boot OS, from a byte on',
    { gives: 'application/octet-stream', errors: [...NOT_OFFERED.errors, 'BOOT_BUILD_NOT_FOUND'] },
  ),
  site('GET', '/packages/:name/:version', 'getOfferedPackage', 'The record of a package', {
    errors: [...NOT_OFFERED.errors, 'PACKAGE_NOT_FOUND'],
  }),
  site('GET', '/packages/:name/:version/files/:digest', 'getOfferedPackageFile', 'A file of a package, from a byte on', {
    gives: 'application/octet-stream',
    errors: [...NOT_OFFERED.errors, 'PACKAGE_NOT_FOUND'],
  }),
  site('GET', '/profiles/:name/:version', 'getOfferedProfile', 'A revision of a profile', {
    errors: [...NOT_OFFERED.errors, 'PROFILE_NOT_FOUND'],
  }),
  site('GET', '/profiles/:name/:version/files/:digest', 'getOfferedProfileFile', 'A file of a profile, from a byte on', {
    gives: 'application/octet-stream',
    errors: [...NOT_OFFERED.errors, 'PROFILE_NOT_FOUND'],
  }),
  site('GET', '/objects/:kind/:name', 'getOfferedObject', 'An object as JSON, without a version', NOT_OFFERED),
  site('GET', '/objects/:kind/:name/:version', 'getOfferedObjectVersion', 'A version of an object as JSON', NOT_OFFERED),

  site('GET', '/images/:imageName/versions/:version/manifest', 'siteGetManifest', 'The manifest of a version', {
    ...MOVING.readManifest,
    errors: [...MOVING.readManifest.errors, ...NOT_OFFERED.errors],
  }),
  site('POST', '/chunks/fetch', 'siteFetchChunks', 'Chunks, in the order asked', moving('fetch')),
  site(
    'POST',
    '/chunks/missing',
    'siteListMissingChunks',
    'Of these chunks of an image that it brings, those to send',
    moving('missing'),
  ),
  site('POST', '/chunks/sections', 'siteListChunkSections', 'Digests of the sections of chunks', moving('sections')),
  site('POST', '/chunks/blocks', 'siteListChunkBlocks', 'Digests of the blocks of chunks', moving('blocks')),
  site('POST', '/chunks/differences', 'siteFetchChunkDifferences', 'What of chunks the site lacks', moving('differences')),
  site('POST', '/jobs/:jobId/reservation', 'siteReserve', 'Ask for the room of an image that it built', moving('reservation')),
  site('POST', '/jobs/:jobId/chunks', 'sitePutChunks', 'Store chunks of an image that it built', moving('chunks')),
  site('POST', '/jobs/:jobId/disks', 'siteNoteDisks', 'Tell of disks; a site has none to tell', moving('disks')),
  site('POST', '/jobs/:jobId/manifest', 'sitePublish', 'Publish an image that it built', moving('manifest')),
]

function moving(what: Exclude<keyof typeof MOVING, 'readManifest'>) {
  const row: More = MOVING[what]
  return { ...row, errors: [...(row.errors ?? []), ...NOT_OFFERED.errors, 'SITE_NAME_TAKEN' as const] }
}
