// Routes of jobs and schedules, and what older tools ask of jobs in XML. Pure.
import type { ErrorCode } from '../errors.ts'
import { RUN_FILE_MAX_BYTES } from '../run.ts'
import { operatorRows } from './operator-rows.ts'
import { JSON_BYTES, type Route, rows, SMALL_BYTES } from './row.ts'

const row = operatorRows('jobs')
const older = rows<object>('jobs', '', () => ({ kind: 'operator', role: 'viewer', takesBasic: true, orWorker: true }))
const workers = rows<object>('jobs', '', () => ({ kind: 'own-proof', proof: 'agent-credential' }))
const ofCurl = (route: Route): Route => ({ ...route, takesUntyped: true })
const worked: readonly ErrorCode[] = ['AGENT_CREDENTIAL_REFUSED', 'JOB_NOT_FOUND', 'JOB_LEASE_LOST']
/** What is uploaded is written to the disk as it comes: the disk is the limit before this is. */
const UPLOAD_BYTES = 16 * 1024 ** 4
const named: readonly ErrorCode[] = ['JOB_NOT_FOUND']
const changed: readonly ErrorCode[] = [...named, 'JOB_ALREADY_ENDED']
const queued: readonly ErrorCode[] = [...changed, 'JOB_NOT_QUEUED']

export const JOB_ROUTES: readonly Route[] = [
  row('GET', '/jobs', 'listJobs', 'Jobs: running, queued in their order, the latest ended', { role: 'viewer' }),
  row('POST', '/jobs', 'addJob', 'Post a job', {
    role: 'builder',
    body: JSON_BYTES,
    errors: [
      ...named,
      'JOB_REQUEST_INVALID',
      'JOB_DEPENDENCY_FAILED',
      'NODE_NOT_FOUND',
      'NODE_NOT_APPROVED',
      'PROFILE_NOT_FOUND',
      'PROFILE_INVALID',
      'IMAGE_NOT_FOUND',
      'IMAGE_VERSION_NOT_FOUND',
      'IMAGE_ARCHITECTURE_DIFFERS',
      'IMAGE_MANIFEST_INVALID',
      'RUN_FILE_NOT_FOUND',
      'AGENT_DISK_NOT_MATCHED',
    ],
  }),
  row('GET', '/jobs/:jobId', 'getJob', 'One job', { role: 'viewer', errors: named }),
  row('GET', '/jobs/:jobId/status', 'getJobStatus', 'How a job stands', { role: 'viewer', errors: named }),
  row('GET', '/jobs/:jobId/wait', 'getJobWait', 'Why a job waits: who would take it, and what stands against the others', {
    role: 'viewer',
    errors: named,
  }),
  row('GET', '/jobs/:jobId/status/stream', 'streamJobStatus', 'How a job stands, as it changes, to its end', {
    role: 'viewer',
    gives: 'text/event-stream',
    errors: named,
  }),
  row('GET', '/jobs/:jobId/files', 'listJobFiles', 'The files that a job left', { role: 'viewer', errors: named }),
  row('GET', '/jobs/:jobId/files/:name', 'getJobFile', 'One of the files that a job left', {
    role: 'viewer',
    gives: 'application/octet-stream',
    errors: [...named, 'JOB_FILE_NOT_FOUND'],
  }),
  row('POST', '/jobs/:jobId/cancel', 'cancelJob', 'Stop a job', { role: 'technician', body: SMALL_BYTES, errors: changed }),
  row('POST', '/jobs/:jobId/hold', 'holdJob', 'Offer a job to nobody; take it from its node', {
    role: 'technician',
    body: SMALL_BYTES,
    errors: changed,
  }),
  row('POST', '/jobs/:jobId/resume', 'resumeJob', 'Offer a held job again', { role: 'technician', errors: queued }),
  row('POST', '/jobs/:jobId/move', 'moveJob', 'Put a queued job before another, or first', {
    role: 'operator',
    body: SMALL_BYTES,
    errors: queued,
  }),
  row('GET', '/jobs/:jobId/log', 'getJobLog', 'Lines of the job log', { role: 'viewer', errors: named }),
  row('GET', '/jobs/:jobId/log.txt', 'getJobLogText', 'The job log as text, as it grows when asked to follow', {
    role: 'viewer',
    gives: 'text/plain',
    errors: named,
  }),

  row('POST', '/run-files', 'addRunFile', 'Bring a file for a job that runs scripts; answered with its digest', {
    role: 'builder',
    body: RUN_FILE_MAX_BYTES,
    takes: 'application/octet-stream',
    errors: ['JOB_FILE_TOO_LARGE'],
  }),
  row('POST', '/wipe-certificates/verify', 'verifyWipeCertificate', 'Whether this appliance signed the certificate as it is', {
    role: 'viewer',
    body: SMALL_BYTES,
  }),

  row('GET', '/schedules', 'listSchedules', 'Jobs that are posted by the clock', { role: 'viewer' }),
  row('GET', '/schedules/:name', 'getSchedule', 'One schedule', { role: 'viewer', errors: ['SCHEDULE_NOT_FOUND'] }),
  row('PUT', '/schedules/:name', 'setSchedule', 'Make or replace a schedule', {
    role: 'operator',
    body: JSON_BYTES,
    errors: ['SCHEDULE_INVALID'],
  }),
  row('DELETE', '/schedules/:name', 'removeSchedule', 'Remove a schedule; jobs that it posted stay', {
    role: 'operator',
    errors: ['SCHEDULE_NOT_FOUND'],
  }),

  older('GET', '/relbuild.xml', 'getJobListXml', 'Builds that wait or run, as a job list in XML', { gives: 'application/xml' }),
  older('GET', '/jobs/:jobId.xml', 'getJobStatusXml', 'The status of a job in XML; 404 for a worker that may take it', {
    gives: 'application/xml',
    errors: [...named, 'JOB_NOT_TAKEN'],
  }),
  ofCurl(
    workers('PUT', '/jobs/:jobId.xml', 'putJobStatusXml', 'Take a job (If-None-Match: *), say how far it is, end it', {
      body: SMALL_BYTES,
      takes: 'application/xml',
      gives: 'application/xml',
      errors: [...worked, 'JOB_NOT_AVAILABLE', 'JOB_OUTCOME_UNPROVEN', 'XML_INVALID'],
    }),
  ),
  workers('GET', '/jobs/:jobId/image', 'getImageOffset', 'How many bytes of the image are here: where an upload goes on', {
    gives: 'text/plain',
    errors: worked,
  }),
  ofCurl(
    workers(
      'PUT',
      '/jobs/:jobId/image',
      'putImage',
      'Upload the image of a job: raw, qcow2 or a bundle; a part by Content-Range',
      {
        body: UPLOAD_BYTES,
        takes: 'application/octet-stream',
        errors: [
          ...worked,
          'JOB_UPLOAD_REFUSED',
          'OPERATION_CANCELLED',
          'IMAGE_FILE_INVALID',
          'IMAGE_BUNDLE_INVALID',
          'IMAGE_DIGEST_MISMATCH',
          'IMAGE_STORE_FULL',
        ],
      },
    ),
  ),
]
