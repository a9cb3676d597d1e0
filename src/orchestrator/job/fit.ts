// Whether a node may take a job. Pure: the first reason against it, as a sentence for people.
import type { JobNeeds } from '../../contract/job.ts'
import type { NodeRecord } from '../node/record.ts'
import { isWriting, type JobRecord } from './record.ts'

export type Fit = { readonly fits: true } | { readonly fits: false; readonly reason: string }

type Wanted = Pick<JobRecord, 'request' | 'pins'>
type Candidate = Pick<
  NodeRecord,
  'id' | 'name' | 'state' | 'installed' | 'inventory' | 'tags' | 'configTypes' | 'agentConfigTypes'
>

export function fitOf(job: Wanted, node: Candidate): Fit {
  const reason = reasonAgainst(job, node)
  return reason === undefined ? { fits: true } : { fits: false, reason }
}

/** What the job needs and the node is not or has not. */
function lackOf(
  needs: JobNeeds,
  { inventory, tags = [], configTypes = [], agentConfigTypes = [] }: Candidate,
): string | undefined {
  const { configType, architecture, firmware, minDiskBytes, minMemoryBytes } = needs
  if (architecture !== undefined && architecture !== inventory.architecture)
    return `is ${inventory.architecture}, the job needs ${architecture}`
  if (firmware !== undefined && firmware !== inventory.firmware)
    return `starts by ${inventory.firmware}, the job needs ${firmware}`
  if (configType !== undefined && ![...configTypes, ...agentConfigTypes].includes(configType))
    return `does not build the type ${configType}`
  const tag = needs.tags?.find((each) => !tags.includes(each))
  if (tag !== undefined) return `has no tag ${tag}`
  if (minMemoryBytes !== undefined && inventory.memoryBytes < minMemoryBytes)
    return `has ${inventory.memoryBytes} bytes of memory, the job needs ${minMemoryBytes}`
  if (minDiskBytes !== undefined && !inventory.disks.some(({ sizeBytes }) => sizeBytes >= minDiskBytes)) {
    return `has no disk of ${minDiskBytes} bytes`
  }
  return undefined
}

function reasonAgainst(job: Wanted, node: Candidate): string | undefined {
  const { pins } = job
  if (node.state !== 'approved') return `${node.name} is ${node.state}, not approved`
  if (pins.nodeId !== undefined && pins.nodeId !== node.id) return 'the job names another node'
  if (pins.architecture !== undefined && pins.architecture !== node.inventory.architecture) {
    return `${node.name} is ${node.inventory.architecture}, the job needs ${pins.architecture}`
  }
  const lack = lackOf(job.request.needs ?? {}, node)
  if (lack !== undefined) return `${node.name} ${lack}`
  if (pins.nodeId !== undefined) return undefined
  // A job for anybody must not take a machine that does its work somewhere: that one has to be named.
  if (isWriting(job) && node.installed !== undefined) {
    return `${node.name} runs ${node.installed.imageName} version ${node.installed.version}; name it in the job to erase that`
  }
  return undefined
}
