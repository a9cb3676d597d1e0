// Joins the parts of this folder: what running systems say and are told, and the packages jobs that they do themselves.
import type { Clock, Events, Log } from '../../store/index.ts'
import type { openJobRoom } from '../job/open-job-room.ts'
import type { Nodes } from '../node/nodes.ts'
import type { RecordKey } from '../present/judge.ts'
import type { RecordDesk } from '../present/record-desk.ts'
import type { openWantedRoom } from '../wanted/open-wanted-room.ts'
import { RunningInstalls } from './running-installs.ts'
import { RunningNodes } from './running-nodes.ts'

interface RunningDeps {
  readonly nodes: Nodes
  readonly jobRoom: Pick<Awaited<ReturnType<typeof openJobRoom>>, 'claims' | 'reports' | 'logs' | 'jobs'>
  readonly wanted: Pick<ReturnType<typeof openWantedRoom>, 'desk' | 'repairs'>
  readonly recordDesk: RecordDesk
  readonly key: RecordKey
  readonly events: Events
  readonly clock: Clock
  readonly log: Log
}

export function openRunning({ nodes, jobRoom, wanted, recordDesk, key, events, clock, log }: RunningDeps) {
  const { claims, reports, logs, jobs } = jobRoom
  const runningInstalls = new RunningInstalls({
    nodes,
    claims,
    reports,
    records: recordDesk,
    logs,
    plan: (job, node) => jobs.plan(job, node),
  })
  const runningNodes = new RunningNodes({
    nodes,
    key,
    repairFor: (node) => wanted.desk.repairFor(node),
    postRepair: (nodeId) => wanted.repairs.look(nodeId),
    installFor: (nodeId) => runningInstalls.orderFor(nodeId),
    noteShown: (nodeId, record) => recordDesk.noteShown(nodeId, record),
    events,
    clock,
    log,
  })
  return { runningNodes, runningInstalls }
}
