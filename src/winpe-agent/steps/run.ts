// run: scripts that a person gave to this machine, in the boot OS or inside its own system. What they print and leave is kept with the job.
// Touches what they touch.
import { createHash } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { finished } from 'node:stream/promises'
import { AppError } from '../../contract/errors.ts'
import { OutcomeAnswer } from '../../contract/outcome.ts'
import type { RanScript, RunStep } from '../../contract/run.ts'
import type { FileRef } from '../../contract/steps.ts'
import type { ImagingTools } from '../imaging/imaging-tools.ts'
import type { Machine } from '../machine.ts'
import type { Performer, StepContext } from '../performer.ts'
import { findRoot } from './linux-root.ts'
import { ownRoot } from './own-root.ts'
import { fetchToFile } from './profile-files.ts'
import { scriptEnvironment } from './script-environment.ts'
import { jobFileName, sendJobFile } from './send-job-file.ts'
import { unmountAfter } from './unmount-after.ts'

/** Of what one script prints; the rest is counted only. */
const MOST_OUTPUT_BYTES = 8 * 1024 * 1024

interface Scene {
  readonly step: RunStep
  readonly context: StepContext
  readonly machine: Machine
  /** undefined: the boot OS. */
  readonly root: string | undefined
}

export function runPerformer(machine: Machine, imaging: ImagingTools): Performer<'run'> {
  return async (step, context) => {
    await machine.target.unmount(context)
    try {
      if (!step.inRoot) return await runAll({ step, context, machine, root: undefined })
      const root = await ownRoot(imaging, context)
      context.log(`the system of this machine is on ${root.path}`)
      return await imaging.whileMounted(root.path, root.content, 'write', context, async (directory) =>
        runAll({ step, context, machine, root: (await findRoot(directory))! }),
      )
    } finally {
      await unmountAfter(machine, context)
    }
  }
}

async function runAll(scene: Scene): Promise<{ transfer: object }> {
  const { step, context, machine } = scene
  const { filesDirectory } = machine.target
  const output = join(filesDirectory, '.output')
  await rm(filesDirectory, { recursive: true, force: true })
  await mkdir(output, { recursive: true })
  for (const file of step.files) await fetch(file, filesDirectory, context)
  const environment = {
    ...scriptEnvironment({ context, machine, disk: undefined, variables: step.variables }),
    PLATEN_OUTPUT: output,
  }
  const ran: RanScript[] = []
  let failure: unknown
  for (const [index, path] of step.scripts.entries()) {
    context.progress({ minorState: `runs ${path}`, percent: (100 * index) / step.scripts.length, transfer: {} })
    const one = await runOne(path, environment, scene)
    ran.push(one.ran)
    failure = one.failure
    if (failure !== undefined) break
  }
  // What it left tells why it failed, too. After an abort nothing is sent: the job is not ours any more, or its time is over.
  if (context.signal.aborted) throw failure
  for (const name of await readdir(output)) await sendJobFile(join(output, name), name, context)
  const path = `/jobs/${encodeURIComponent(context.jobId)}/outcome`
  const report = { leaseId: context.leaseId, kind: 'run', scripts: ran }
  const answer = await context.client.post(path, report, OutcomeAnswer, context.signal)
  if (failure !== undefined) throw failure
  for (const line of answer.lines) context.log(line)
  return { transfer: {} }
}

const fetch = (file: FileRef, directory: string, context: StepContext): Promise<string> =>
  fetchToFile(file, directory, context, `/jobs/${encodeURIComponent(context.jobId)}/run-files/${file.digest}`)

/** Its output goes into the log, line by line, and into a file of the job. */
async function runOne(
  path: string,
  environment: Readonly<Record<string, string>>,
  { context, machine, root }: Scene,
): Promise<{ ran: RanScript; failure: unknown }> {
  const outputFile = jobFileName(`${path}.txt`)
  const writer = boundedWriter(join(environment.PLATEN_OUTPUT!, outputFile))
  const startedMs = performance.now()
  let failure: unknown
  try {
    const log = (line: string) => {
      context.log(line)
      writer.add(line)
    }
    const script = join(machine.target.filesDirectory, path)
    await machine.target.runScript({ path: script, environment, root, signal: context.signal, log })
  } catch (error) {
    failure = error
  } finally {
    await writer.end()
  }
  const exitCode = failure === undefined ? 0 : exitCodeOf(failure)
  const seconds = (performance.now() - startedMs) / 1000
  const ran = { path, ...(exitCode === undefined ? {} : { exitCode }), seconds, outputFile, outputDigest: writer.digest() }
  return { ran, failure }
}

/** In the words of the program that ran it. */
function exitCodeOf(failure: unknown): number | undefined {
  const [, code] = failure instanceof AppError ? (/failed: exit code (\d+)/.exec(failure.message) ?? []) : []
  return code === undefined ? undefined : Number(code)
}

/** Nobody waits for it: what it holds in memory is bounded, too. */
function boundedWriter(path: string) {
  const file = createWriteStream(path)
  const hash = createHash('sha256')
  let bytes = 0
  let left = 0
  const write = (text: string) => {
    hash.update(text)
    file.write(text)
  }
  return {
    add(line: string) {
      const text = `${line}\n`
      if (bytes + text.length > MOST_OUTPUT_BYTES) left++
      else {
        bytes += text.length
        write(text)
      }
    },
    async end() {
      if (left > 0) write(`… and ${left} more lines\n`)
      file.end()
      await finished(file)
    },
    digest: () => hash.digest('hex'),
  }
}
