// Routes of the agent API: which machine may ask what, by the state of its node. Pure.
//
// A machine that nobody approved says who it is and waits; so does one that is held or retired. A held node keeps the job that it
// runs, to its end: what moves bytes is open to it while it has one, and to an approved node no longer than that.
import { AGENT_API_PREFIX, JOB_FILE_MAX_BYTES } from '../agent-api.ts'
import { NETWORK_TEST_MOST_UP_BYTES } from '../network-test.ts'
import { MOVING } from './images.ts'
import { type AgentState, type Caller, HELLO_BYTES, JSON_BYTES, type Route, rows, SMALL_BYTES } from './row.ts'

type Serves = { readonly serves: Pick<Extract<Caller, { kind: 'agent' }>, 'states' | 'job'> }

const row = rows<Serves>('agent', AGENT_API_PREFIX, ({ serves }) => ({ kind: 'agent', ...serves }))

const KNOWN: readonly AgentState[] = ['discovered', 'approved', 'held', 'retired']
const anybody = { serves: { states: ['unknown', ...KNOWN], job: 'none' } } as const satisfies Serves
const known = { serves: { states: KNOWN, job: 'none' } } as const satisfies Serves
/** Answers an agent whose job is over or gone: stop, restart, the same answer again. */
const tellsOfJob = { serves: { states: ['approved', 'held', 'retired'], job: 'none' } } as const satisfies Serves
const atWork = { serves: { states: ['approved', 'held'], job: 'running' } } as const satisfies Serves

export const AGENT_ROUTES: readonly Route[] = [
  row('POST', '/hello', 'hello', 'Say which machine this is; enrolls one that was never seen', {
    ...anybody,
    body: HELLO_BYTES,
    errors: ['NODE_AT_WORK'],
  }),
  row('POST', '/exchange', 'exchangeToken', 'Change the token of the boot script for one that only this agent has; once', {
    ...anybody,
    body: SMALL_BYTES,
  }),
  row('POST', '/claim', 'claimJob', 'Wait for a job; 204 when none came', {
    ...known,
    body: SMALL_BYTES,
    errors: ['JOB_PLAN_CHANGED'],
  }),
  row('POST', '/present', 'prove', 'Show the records that stand on the disks of this machine', {
    ...known,
    body: JSON_BYTES,
  }),
  row('POST', '/leave', 'leave', 'Say that the machine goes to its disk; answered when it may', {
    ...known,
    body: SMALL_BYTES,
    errors: ['HOOK_FAILED'],
  }),
  row('POST', '/elsewhere', 'tellElsewhere', 'Say that this machine works for another appliance, or no longer', {
    ...known,
    body: SMALL_BYTES,
  }),

  row('POST', '/jobs/:jobId/heartbeat', 'heartbeat', 'Renew the lease and tell the progress', {
    ...tellsOfJob,
    body: SMALL_BYTES,
  }),
  row('POST', '/jobs/:jobId/reports', 'reportStep', 'Report the end of a step; may be repeated', {
    ...tellsOfJob,
    body: JSON_BYTES,
    errors: ['JOB_LEASE_LOST', 'JOB_NOT_FOUND', 'JOB_STEP_OUT_OF_ORDER'],
  }),
  row('POST', '/jobs/:jobId/log', 'addLogLines', 'Add lines to the job log; lines that are there are ignored', {
    ...atWork,
    body: JSON_BYTES,
  }),
  row('POST', '/jobs/:jobId/secrets', 'getStepSecrets', 'The secrets that the running step names; by HTTPS alone', {
    ...atWork,
    body: SMALL_BYTES,
    onlyEncrypted: true,
    errors: ['SECRET_NOT_FOUND'],
  }),
  row('POST', '/jobs/:jobId/departure', 'depart', 'The machine goes down now for a reboot step; may be repeated', {
    ...atWork,
    body: SMALL_BYTES,
    errors: ['JOB_STEP_OUT_OF_ORDER', 'JOB_REBOOT_REFUSED', 'JOB_PLAN_CHANGED'],
  }),
  row('POST', '/jobs/:jobId/files/:name', 'addJobFile', 'Add a file to the job; one of the same name is replaced', {
    ...atWork,
    body: JOB_FILE_MAX_BYTES,
    takes: 'application/octet-stream',
    errors: ['JOB_FILE_TOO_LARGE'],
  }),

  row('GET', '/jobs/:jobId/run-files/:digest', 'agentGetRunFile', 'A file of the scripts that the job runs; never changes', {
    ...atWork,
    gives: 'application/octet-stream',
    errors: ['JOB_CONTENT_REFUSED', 'RUN_FILE_NOT_FOUND'],
  }),
  row('POST', '/jobs/:jobId/outcome', 'showOutcome', 'Show what came of a run, wipe or check, before its step is done', {
    ...atWork,
    body: JSON_BYTES,
    errors: ['JOB_LEASE_LOST', 'JOB_CONTENT_REFUSED'],
  }),
  row('GET', '/network-test', 'networkTestDown', 'Bytes that are known, to measure the network with', {
    ...atWork,
    gives: 'application/octet-stream',
  }),
  row('POST', '/network-test', 'networkTestUp', 'The same bytes the other way', {
    ...atWork,
    body: NETWORK_TEST_MOST_UP_BYTES,
    takes: 'application/octet-stream',
  }),

  row('POST', '/jobs/:jobId/reservation', 'reserveForCapture', 'Ask for room before a capture', {
    ...atWork,
    ...MOVING.reservation,
  }),
  row('POST', '/jobs/:jobId/chunks', 'putCaptureChunks', 'Store chunks of a capture', { ...atWork, ...MOVING.chunks }),
  row('POST', '/jobs/:jobId/disks', 'noteDisks', 'Tell which disks the job writes', { ...atWork, ...MOVING.disks }),
  row('POST', '/jobs/:jobId/record', 'signRecord', 'Have the record of a deploy signed, one for each of its disks', {
    ...atWork,
    body: JSON_BYTES,
    errors: ['JOB_RECORD_REFUSED'],
  }),
  row(
    'POST',
    '/jobs/:jobId/running-node',
    'getRunningNodeFiles',
    'What a deployed system needs to speak for itself; makes a new secret',
    {
      ...atWork,
      body: SMALL_BYTES,
    },
  ),
  row('POST', '/jobs/:jobId/manifest', 'publishCapture', 'Publish what was captured as the next version', {
    ...atWork,
    ...MOVING.manifest,
  }),
  row('POST', '/chunks/missing', 'agentListMissingChunks', 'Which of these digests the store lacks', {
    ...atWork,
    ...MOVING.missing,
  }),
  row('POST', '/chunks/sections', 'agentListChunkSections', 'Digests of the sections of stored chunks', {
    ...atWork,
    ...MOVING.sections,
  }),
  row('POST', '/chunks/blocks', 'agentListChunkBlocks', 'Digests of the blocks of stored chunks', {
    ...atWork,
    ...MOVING.blocks,
  }),
  row('POST', '/chunks/fetch', 'agentFetchChunks', 'Chunks, in the order asked', { ...atWork, ...MOVING.fetch }),
  row('POST', '/chunks/differences', 'agentFetchChunkDifferences', 'What of chunks a disk lacks that holds something like them', {
    ...atWork,
    ...MOVING.differences,
  }),
  row('GET', '/images/:imageName/versions/:version/manifest', 'agentGetManifest', 'The manifest of a version', {
    ...atWork,
    ...MOVING.readManifest,
  }),
  row(
    'POST',
    '/jobs/:jobId/nbd',
    'offerJobDisk',
    "A name by which the machine may read the disk of its job's version by NBD, once",
    {
      ...atWork,
      errors: ['JOB_CONTENT_REFUSED', 'IMAGE_NBD_OFF'],
    },
  ),
  row('GET', '/profiles/:name/:revision/files/*', 'getProfileFile', 'A file of a profile revision; never changes', {
    ...atWork,
    gives: 'application/octet-stream',
    errors: ['PROFILE_NOT_FOUND', 'JOB_CONTENT_REFUSED'],
  }),
  row('GET', '/packages/:name/:version/files/:digest', 'agentGetPackageFile', 'A file of a package version; never changes', {
    ...atWork,
    gives: 'application/octet-stream',
    errors: ['PACKAGE_NOT_FOUND', 'JOB_CONTENT_REFUSED'],
  }),

  rows<object>('agent', AGENT_API_PREFIX, () => ({ kind: 'own-proof', proof: 'agent-credential' }))(
    'POST',
    '/sessions',
    'openSession',
    'A token for a machine that another appliance booted',
    { body: SMALL_BYTES, errors: ['AGENT_CREDENTIAL_REFUSED'] },
  ),
  rows<object>('agent', AGENT_API_PREFIX, () => ({ kind: 'own-proof', proof: 'boot-token-in-path' }))(
    'GET',
    '/boot-files/:token/:name',
    'getBootFile',
    'The kernel or initrd of a reboot step',
    { gives: 'application/octet-stream', errors: ['AGENT_TOKEN_REFUSED', 'JOB_NOT_FOUND'] },
  ),
]
