// What a step of a run, wipe or check shows before it says that it is done: held against what the appliance has, and kept with the job. A disk
// that was proven to be wiped gets its certificate here, and nowhere else.
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { AppError } from '../../contract/errors.ts'
import type { HardwareReport } from '../../contract/hardware.ts'
import type { Disk } from '../../contract/inventory.ts'
import type { JobOutcome, OutcomeAnswer, OutcomeReport } from '../../contract/outcome.ts'
import type { RanScript, RunWish } from '../../contract/run.ts'
import {
  type SignedWipeCertificate,
  signedBytesOfCertificate,
  WIPE_CERTIFICATE_KIND,
  type WipedDisk,
} from '../../contract/wipe.ts'
import { SAMPLE_BYTES } from '../../imaging/wipe-samples.ts'
import { type Clock, instantOf } from '../../store/index.ts'
import type { Nodes } from '../node/nodes.ts'
import type { NodeRecord } from '../node/record.ts'
import type { RecordKey } from '../present/judge.ts'
import type { JobBook } from './job-book.ts'
import type { JobFiles } from './job-files.ts'
import { judgeHardware, unmeasured, worstOf } from './judge-hardware.ts'
import { judgeWipe } from './judge-wipe.ts'
import { planCheck, planWipe } from './plan-machine.ts'
import type { JobRecord } from './record.ts'
import type { Reports } from './reports.ts'
import type { Running } from './transition.ts'
import { certificateName, certificateText } from './wipe-certificate.ts'

interface OutcomesDeps {
  readonly book: JobBook
  readonly nodes: Nodes
  readonly reports: Pick<Reports, 'atStep'>
  readonly jobFiles: JobFiles
  readonly key: RecordKey
  readonly clock: Clock
}

type Of<K extends OutcomeReport['kind']> = Extract<OutcomeReport, { kind: K }>
type Judged = OutcomeAnswer & { readonly outcome: JobOutcome }

export class Outcomes {
  readonly #deps: OutcomesDeps

  constructor(deps: OutcomesDeps) {
    this.#deps = deps
  }

  /** On disk when it answers. */
  async show(nodeId: string, jobId: string, report: OutcomeReport): Promise<OutcomeAnswer> {
    const { nodes, reports } = this.#deps
    const job = reports.atStep(nodeId, jobId, report.leaseId, report.kind)
    const { outcome, ...answer } = await this.#judge(job, nodes.find(nodeId), report)
    // Looked at again: the lease may have been lost while files were read.
    const current = reports.atStep(nodeId, jobId, report.leaseId, report.kind)
    const { leaseId, attempt, stepIndex, stepTries } = current.life as Running
    const shown = { leaseId, attempt, stepIndex, stepTries, isProven: answer.isProven, outcome }
    await this.#deps.book.put({ ...current, shown })
    return answer
  }

  #judge(job: JobRecord, node: NodeRecord, report: OutcomeReport): Promise<Judged> {
    switch (report.kind) {
      case 'run':
        return this.#judgeRun(job, report)
      case 'wipe':
        return this.#judgeWipe(job, node, report)
      case 'check':
        return this.#judgeCheck(job, node, report)
    }
  }

  /** Every script ended well, and what it printed is here as the agent has it. */
  async #judgeRun({ id, request }: JobRecord, { scripts }: Of<'run'>): Promise<Judged> {
    const lines = lacksOfRun(request.run!, scripts)
    for (const { path, outputFile, outputDigest } of scripts) {
      const kept = await this.#deps.jobFiles.find(id, outputFile).catch(absent)
      if (kept === undefined || (await digestOfFile(kept.path)) !== outputDigest)
        lines.push(`what ${path} printed is not here as ${outputFile}`)
    }
    return { isProven: lines.length === 0, lines, outcome: { kind: 'run', scripts: [...scripts] } }
  }

  /** Certificates are made when all disks of the job are proven: a job never leaves half of them. */
  async #judgeWipe(job: JobRecord, node: NodeRecord, { disks }: Of<'wipe'>): Promise<Judged> {
    const step = planWipe({ jobId: job.id, request: job.request })
    const reasons = lacksOfWipe(1 + (step.moreDisks?.length ?? 0), disks)
    const judged = disks.map((disk) => ({ disk, judgement: judgeWipe(disk, step), isOwn: isOfNode(disk, node.inventory.disks) }))
    for (const { disk, judgement, isOwn } of judged) {
      if (!isOwn) reasons.push(`${nameOf(disk)}: ${node.name} showed no such disk when it said hello`)
      if (judgement.kind === 'unproven') reasons.push(`${nameOf(disk)}: ${judgement.reason}`)
    }
    const certificates: string[] = []
    for (const { disk, judgement } of reasons.length === 0 ? judged : []) {
      if (judgement.kind === 'proven') certificates.push(await this.#certify(job, node, disk, judgement.found))
    }
    const outcome: JobOutcome = {
      kind: 'wipe',
      disks: disks.map((disk, index) => ({
        name: nameOf(disk),
        method: disk.method,
        ...(certificates[index] === undefined ? {} : { certificate: certificates[index] }),
      })),
    }
    const lines = reasons.length > 0 ? reasons : certificates.map((name) => `certificate ${name}`)
    return { isProven: reasons.length === 0, lines, outcome }
  }

  async #certify(
    { id: jobId, request }: JobRecord,
    node: NodeRecord,
    { samples, startedAt, endedAt, method, ...disk }: WipedDisk,
    found: SignedWipeCertificate['certificate']['samples']['found'],
  ): Promise<string> {
    const { key, clock, jobFiles } = this.#deps
    const { seed } = planWipe({ jobId, request })
    const serial = node.inventory.smbios.systemSerial
    const certificate = {
      kind: WIPE_CERTIFICATE_KIND,
      jobId,
      node: { id: node.id, name: node.name, ...(serial === undefined ? {} : { serial }) },
      disk,
      method,
      startedAt,
      endedAt,
      signedAt: instantOf(clock.now()),
      samples: { count: samples.length, bytesEach: SAMPLE_BYTES, seed, found },
    } as const
    const signed = { certificate, keyId: key.keyId, signature: key.sign(signedBytesOfCertificate(certificate)) }
    const name = certificateName(disk)
    await jobFiles.keep(jobId, `${name}.json`, Readable.from([Buffer.from(`${JSON.stringify(signed, undefined, 2)}\n`)]))
    await jobFiles.keep(jobId, `${name}.txt`, Readable.from([Buffer.from(certificateText(signed))]))
    return `${name}.json`
  }

  /** The node keeps the report, whatever it says. */
  async #judgeCheck({ id: jobId, request }: JobRecord, node: NodeRecord, { measures }: Of<'check'>): Promise<Judged> {
    const { nodes, clock, jobFiles } = this.#deps
    const items = judgeHardware(measures, request.check?.thresholds)
    const lacking = unmeasured(planCheck({ request }).items, measures, node.inventory)
    const verdict = worstOf(items)
    const hardware: HardwareReport = { jobId, at: instantOf(clock.now()), verdict, items }
    await nodes.change({ ...nodes.find(node.id), hardware })
    await jobFiles.keep(jobId, 'hardware.json', Readable.from([Buffer.from(`${JSON.stringify(hardware, undefined, 2)}\n`)]))
    const lines = [
      ...items.map(({ item, name = '', verdict: each, words }) => `${[item, name].filter(Boolean).join(' ')}: ${each}: ${words}`),
      ...lacking.map((what) => `${what} was not measured`),
    ]
    return { isProven: lacking.length === 0 && verdict !== 'bad', lines, outcome: { kind: 'check', items } }
  }
}

function lacksOfRun({ files }: RunWish, scripts: readonly RanScript[]): string[] {
  const planned = files.filter(({ isScript }) => isScript).map(({ path }) => path)
  const lines = planned.filter((path) => !scripts.some((each) => each.path === path)).map((path) => `${path} was not run`)
  for (const { path, exitCode } of scripts) {
    if (exitCode !== 0) lines.push(`${path} ${exitCode === undefined ? 'did not end by itself' : `ended with ${exitCode}`}`)
  }
  return lines
}

function lacksOfWipe(asked: number, disks: readonly WipedDisk[]): string[] {
  const names = new Set(disks.map(nameOf))
  return names.size === asked && disks.length === asked ? [] : [`${names.size} disks were wiped, ${asked} were asked for`]
}

const isOfNode = (disk: WipedDisk, own: readonly Disk[]): boolean =>
  own.some(
    ({ serial, wwn, byPath, sizeBytes }) =>
      serial === disk.serial && wwn === disk.wwn && byPath === disk.byPath && sizeBytes === disk.sizeBytes,
  )

const nameOf = ({ serial, wwn, byPath }: Pick<WipedDisk, 'serial' | 'wwn' | 'byPath'>): string =>
  serial ?? wwn ?? byPath ?? 'a disk without a name'

async function digestOfFile(path: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(path), hash)
  return hash.digest('hex')
}

function absent(error: unknown): undefined {
  if (!(error instanceof AppError)) throw error
}
