// The steps of a deploy: write, verify, then what may differ from the image. Pure.
import { createHash } from 'node:crypto'
import type { DiskHint } from '../../contract/inventory.ts'
import type { PackagesStep, PersonaliseStep, Step } from '../../contract/steps.ts'
import type { PlannedPackages } from './pin-packages.ts'
import type { PlanInput } from './plan-input.ts'

const HOUR = 3600

export function planDeploySteps(input: PlanInput, disk: DiskHint): readonly Step[] {
  const { personalise, leavesRecord = true, packages, configuration = [] } = input
  const { keepSizes, newGuids, discard, eraseForeignData, verify } = input.request
  const target = {
    ...targetOf(input, disk),
    ...(keepSizes ? { keepSizes } : {}),
    // The job's own id: the node keeps it among those that are known to be ours.
    ...(newGuids ? { newTableId: input.jobId } : {}),
  }
  const consent = { eraseForeignData, ...signsOf(input), ...(discard === undefined ? {} : { discard }) }
  return [
    { kind: 'deploy', timeoutSeconds: 6 * HOUR, ...target, ...consent },
    { kind: 'verify', timeoutSeconds: 3 * HOUR, ...target, ...(verify === undefined ? {} : { check: verify }) },
    ...(keepSizes ? [] : [{ kind: 'grow' as const, timeoutSeconds: HOUR, ...target }]),
    ...(personalise || configuration.length > 0
      ? [
          {
            kind: 'personalise' as const,
            timeoutSeconds: HOUR,
            ...target,
            ...identityFor(personalise, input),
            ...configured(input),
          },
        ]
      : []),
    ...(packages === undefined || packages.installs.length === 0 ? [] : [packagesStep(target, packages, input)]),
    // A job that may not touch the files of the system leaves its record beside the partitions only.
    ...(leavesRecord
      ? [
          {
            kind: 'record' as const,
            timeoutSeconds: HOUR,
            ...target,
            writesFile: Boolean(personalise) || configuration.length > 0,
          },
        ]
      : []),
  ]
}

/** What changes on a disk that holds the version: packages alone, and the record of them. */
export function planPackageSteps(input: PlanInput, disk: DiskHint): readonly Step[] {
  const { packages = { removes: [], installs: [], checks: [] }, leavesRecord = true } = input
  const target = targetOf(input, disk)
  return [
    packagesStep(target, packages, input),
    ...(leavesRecord ? [{ kind: 'record' as const, timeoutSeconds: HOUR, ...target, writesFile: true }] : []),
  ]
}

function targetOf({ image, request: { moreDisks } }: PlanInput, disk: DiskHint) {
  const { imageName, version, manifestDigest } = image!
  return { disk, ...(moreDisks === undefined ? {} : { moreDisks }), imageName, version, manifestDigest }
}

function packagesStep(
  target: ReturnType<typeof targetOf>,
  { removes, installs, checks, restores }: PlannedPackages,
  input: PlanInput,
): PackagesStep {
  const before = restores === undefined ? {} : { restores: [...restores] }
  const lists = { removes: [...removes], installs: [...installs], checks: [...checks], ...before }
  return { kind: 'packages', timeoutSeconds: 2 * HOUR, ...target, ...lists, ...configured(input) }
}

const configured = ({ configuration = [] }: PlanInput) =>
  configuration.length === 0 ? {} : { configuration: configuration.map(({ text }) => text) }

/** What makes a disk ours; lists that are empty are left out. */
export function signsOf({ knownTableIds, sharedTableIds = [], knownDisks = [], provenDisks = [] }: PlanSigns) {
  return {
    knownTableIds: [...knownTableIds],
    ...(sharedTableIds.length === 0 ? {} : { sharedTableIds: [...sharedTableIds] }),
    ...(knownDisks.length === 0 ? {} : { knownDisks: [...knownDisks] }),
    ...(provenDisks.length === 0 ? {} : { provenDisks: [...provenDisks] }),
  }
}

type PlanSigns = Pick<PlanInput, 'knownTableIds' | 'sharedTableIds' | 'knownDisks' | 'provenDisks'>

type Identity = Pick<PersonaliseStep, 'hostname' | 'machineId' | 'sshHostKeys' | 'platenNode' | 'cloudInit'>

/** Nobody asked for an identity of its own: the step is there for the files of its function. */
const NO_IDENTITY: Identity = { sshHostKeys: false }

function identityFor(personalise: PlanInput['personalise'], { node, image }: PlanInput): Identity {
  if (personalise === undefined || personalise === false) return NO_IDENTITY
  const { hostname, machineId, sshHostKeys, platenNode, cloudInit } = personalise
  const { id, name } = node ?? { id: '', name: 'node' }
  const own = hostname ?? hostnameOf(name)
  return {
    ...(own === false ? {} : { hostname: own }),
    ...(machineId === false ? {} : { machineId: machineIdOf(id) }),
    sshHostKeys: sshHostKeys ?? true,
    platenNode: platenNode ?? true,
    // Another version on the same node is another instance: cloud-init then sets it up anew.
    ...(cloudInit === undefined
      ? {}
      : { cloudInit: { instanceId: `${id}-${image!.manifestDigest.slice(0, 12)}`, ...cloudInit } }),
  }
}

/** Names of nodes may hold what RFC 1123 does not allow in a host's. */
const hostnameOf = (name: string): string => name.replaceAll('_', '-').replace(/[^a-zA-Z0-9]+$/, '')

/** 32 hex digits in the form of a random UUID (machine-id(5)); the same at each deploy, so that logs and leases follow the node. */
function machineIdOf(nodeId: string): string {
  const bytes = createHash('sha256').update(`platen machine-id\n${nodeId}`).digest().subarray(0, 16)
  bytes[6] = (bytes[6]! & 0x0f) | 0x40
  bytes[8] = (bytes[8]! & 0x3f) | 0x80
  return bytes.toString('hex')
}
