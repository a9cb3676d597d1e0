// What somebody who sees a part of the machines may ask: deny by default. A call that is not here is refused to them. Pure.
import type { Route } from './row.ts'

/**
 * everybody: what it shows and does is no machine's.
 * node, job: of one that they see; any other is not there for them.
 * nodes, jobs: a list, of which they get those that they see.
 * new-job: for a node that they see, by its name.
 * site: of one of their sites; any other is not there for them.
 * sites: a list, of which they get those that are theirs.
 */
export type Reach = 'everybody' | 'node' | 'job' | 'nodes' | 'jobs' | 'new-job' | 'site' | 'sites'

const CALLS: Readonly<Record<Reach, readonly string[]>> = {
  everybody: [
    'getCaller',
    'logout',
    'changeOwnPassword',
    'beginSecondFactor',
    'confirmSecondFactor',
    'removeSecondFactor',
    'getSshKey',
    'getCa',
    'listSigningKeys',
    'listImages',
    'getImage',
    'getVersion',
    'getVerify',
    'diffVersions',
    'listProfiles',
    'getProfile',
    'addRunFile',
    'verifyWipeCertificate',
  ],
  node: [
    'getNode',
    'getNodeBoots',
    'changeNode',
    'approveNode',
    'holdNode',
    'releaseNode',
    'reclaimNode',
    'restartNode',
    'retireNode',
  ],
  job: [
    'getJob',
    'getJobStatus',
    'streamJobStatus',
    'listJobFiles',
    'getJobFile',
    'getJobLog',
    'getJobLogText',
    'cancelJob',
    'holdJob',
    'resumeJob',
  ],
  nodes: ['listNodes'],
  jobs: ['listJobs'],
  'new-job': ['addJob'],
  site: ['getSite', 'askSite', 'postToSite', 'putToSite', 'patchAtSite', 'deleteAtSite'],
  sites: ['listSites'],
}

const byCall = new Map(Object.entries(CALLS).flatMap(([reach, calls]) => calls.map((call) => [call, reach as Reach] as const)))

/** undefined: only for who sees everything. */
export const reachOf = ({ operationId }: Pick<Route, 'operationId'>): Reach | undefined => byCall.get(operationId)
