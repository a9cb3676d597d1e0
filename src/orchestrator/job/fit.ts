// Whether a node may take a job. Pure: the first reason against it, as a sentence for people.
import type { NodeRecord } from '../node-record.ts'
import { isWriting, type JobRecord } from './record.ts'

export type Fit = { readonly fits: true } | { readonly fits: false; readonly reason: string }

type Wanted = Pick<JobRecord, 'request' | 'pins'>
type Candidate = Pick<NodeRecord, 'id' | 'name' | 'state' | 'installed' | 'inventory'>

export function fitOf(job: Wanted, node: Candidate): Fit {
  const reason = reasonAgainst(job, node)
  return reason === undefined ? { fits: true } : { fits: false, reason }
}

function reasonAgainst(job: Wanted, node: Candidate): string | undefined {
  const { pins } = job
  if (node.state !== 'approved') return `${node.name} is ${node.state}, not approved`
  if (pins.nodeId !== undefined && pins.nodeId !== node.id) return 'the job names another node'
  if (pins.architecture !== undefined && pins.architecture !== node.inventory.architecture) {
    return `${node.name} is ${node.inventory.architecture}, the job needs ${pins.architecture}`
  }
  if (pins.nodeId !== undefined) return undefined
  // A job for anybody must not take a machine that does its work somewhere: that one has to be named.
  if (isWriting(job) && node.installed !== undefined) {
    return `${node.name} runs ${node.installed.imageName} version ${node.installed.version}; name it in the job to erase that`
  }
  return undefined
}
