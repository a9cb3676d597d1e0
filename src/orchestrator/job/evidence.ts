// A step counts as done when the appliance holds what it should have left. Pure: what is held comes in, the reason against it goes out.
//
//   capture          a version in the catalogue that this job published, under this lease, in this try of the step
//   deploy, verify   the content digest of the pinned version, as the catalogue has it
//   run              all scripts ended with 0, and what they printed lies here with the digests that the agent has
//   wipe             the places of each disk hold what they must, by numbers that the appliance computes itself
//   check            everything that was asked for was measured, and nothing of it is bad
//   heal             every chunk of the pinned version lies in the store
//   personalise,
//   packages         the files of the node's function, read back with the digests that the job has
//   reboot           never by a report: the machine goes, and is back
//   all others       nothing to hold them against but their turn; whatever they claim of a version has to be true of the pinned one
import type { StepReport } from '../../contract/agent-api.ts'
import type { Failure } from '../../contract/job.ts'
import type { JobOutcome } from '../../contract/outcome.ts'
import type { StepKind } from '../../contract/steps.ts'
import type { Running } from './transition.ts'

/** The try of a step in which something was left. */
interface OfTry {
  readonly leaseId: string
  readonly attempt: number
  readonly stepIndex: number
  readonly stepTries: number
}

/** What a capture step left in the catalogue. */
export interface Publication extends OfTry {
  readonly imageVersion: number
}

/** What a run, wipe or check showed, as it was judged. */
export interface Shown extends OfTry {
  readonly isProven: boolean
  readonly outcome: JobOutcome
}

export interface HeldVersion {
  readonly imageName: string
  readonly version: number
  readonly contentDigest: string
}

export interface Evidence {
  /** deploy, heal: the pinned one; capture: the published one. undefined: the catalogue has none. */
  readonly version: HeldVersion | undefined
  /** Chunks of it that the store lacks; asked for heal only. */
  readonly lackingChunks: number
  /** run, wipe, check: whether what was shown in this try was proven. Left out: nothing was shown. */
  readonly isShownProven?: boolean | undefined
  /** personalise, packages: files that have to lie on the node. Left out: none. */
  readonly configuration?: readonly { readonly to: string; readonly digest: string }[] | undefined
}

type Claims = Pick<StepReport, 'imageVersion' | 'contentDigest' | 'configuration'>

/** Whether it is of the try that runs now. */
export function isOfThisTry<T extends OfTry>(left: T | undefined, life: Running): left is T {
  return (
    left !== undefined &&
    left.leaseId === life.leaseId &&
    left.attempt === life.attempt &&
    left.stepIndex === life.stepIndex &&
    left.stepTries === life.stepTries
  )
}

/** undefined: the report of "done" holds. */
export function unproven(kind: StepKind, claims: Claims, evidence: Evidence): Failure | undefined {
  const reason = lackOf(kind, claims, evidence) ?? falseClaim(claims, evidence.version)
  if (reason === undefined) return undefined
  return {
    code: 'JOB_OUTCOME_UNPROVEN',
    message: `the agent reported the step ${kind} as done, but ${reason}`,
    hint: 'Nothing counts that the appliance does not hold itself. See the log of the job, build the boot OS anew (`platen boot build`), and post the job again.',
  }
}

function lackOf(
  kind: StepKind,
  { contentDigest, configuration: found = [] }: Claims,
  { version, lackingChunks, isShownProven, configuration = [] }: Evidence,
): string | undefined {
  switch (kind) {
    case 'capture':
      return version === undefined ? 'no version was published under its lease in this try of the step' : undefined
    case 'deploy':
    case 'verify':
      if (version === undefined) return 'the catalogue does not have the version that the job names'
      return contentDigest === undefined
        ? `it names no content digest; that of ${nameOf(version)} is ${version.contentDigest}`
        : undefined
    case 'heal':
      if (version === undefined) return 'the catalogue does not have the version that the job names'
      return lackingChunks > 0 ? `the store still lacks ${lackingChunks} chunks of ${nameOf(version)}` : undefined
    case 'reboot':
      return 'a reboot is over when the machine has gone and is back, not before'
    case 'run':
    case 'wipe':
    case 'check':
      if (isShownProven === undefined) return 'it has shown nothing in this try of the step'
      return isShownProven ? undefined : 'what it has shown does not prove it'
    case 'personalise':
    case 'packages': {
      const other = configuration.find(({ to, digest }) => !found.some((each) => each.to === to && each.digest === digest))
      return other === undefined ? undefined : `it did not read ${other.to} back as the job has it`
    }
    case 'format':
    case 'setup':
    case 'activate':
    case 'grow':
    case 'record':
    case 'try':
      return undefined
  }
}

function falseClaim({ imageVersion, contentDigest }: Claims, held: HeldVersion | undefined): string | undefined {
  if (imageVersion !== undefined && imageVersion !== held?.version)
    return `it names version ${imageVersion}; ${held === undefined ? 'the step has none' : `the appliance has ${nameOf(held)}`}`
  if (contentDigest !== undefined && contentDigest !== held?.contentDigest)
    return `it names the content digest ${contentDigest}; ${held === undefined ? 'the step has none' : `that of ${nameOf(held)} is ${held.contentDigest}`}`
  return undefined
}

const nameOf = ({ imageName, version }: HeldVersion): string => `${imageName} version ${version}`
