// Files of the profile revision that a job builds with. Touches the appliance and a folder in memory; checks every digest.
import { createHash } from 'node:crypto'
import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { AppError } from '../../contract/errors.ts'
import type { FileRef } from '../../contract/steps.ts'
import type { StepContext } from '../performer.ts'

/** A body that ends in the middle: the appliance went away, and will be back. */
const PAUSE_AFTER_BREAK_MS = 250

/** from: where it is fetched, when that is not the job's profile. Keeps the file under its own path, executable, and gives that path. */
export async function fetchToFile(file: FileRef, directory: string, context: StepContext, from?: string): Promise<string> {
  const path = join(directory, ...segmentsOf(file))
  const bytes = await fetchBytes(file, context, from)
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, bytes)
  await chmod(path, 0o755)
  return path
}

/** For files that fit into memory with ease: scripts, templates, single files. */
export async function fetchBytes(file: FileRef, context: StepContext, from?: string): Promise<Uint8Array> {
  let bytes = new Uint8Array()
  const take = async (body: ReadableStream<Uint8Array>) => {
    bytes = new Uint8Array(await new Response(body).arrayBuffer())
  }
  await withFile(file, context, take, undefined, from ?? pathOf(file, context))
  return bytes
}

/**
 * Hands the body to the consumer as it arrives, however long it is, and compares its digest at the end. The consumer is
 * called again from the beginning when the connection broke (as often as it does), or once more when the digest was wrong.
 */
export async function withFile(
  file: FileRef,
  context: StepContext,
  consume: (body: ReadableStream<Uint8Array>) => Promise<void>,
  onArrived: OnArrived = () => undefined,
  path = pathOf(file, context),
): Promise<void> {
  for (let wrongDigests = 0; ; ) {
    const attempt = await attemptFile(file, path, context, consume, onArrived)
    switch (attempt.kind) {
      case 'whole':
        return
      case 'broken':
        context.log(`${file.path}: the connection broke (${attempt.reason}); fetching it again`)
        await pause(PAUSE_AFTER_BREAK_MS, undefined, { signal: context.signal })
        break
      case 'corrupt':
        if (++wrongDigests === 2) throw corrupt(file, attempt.digest)
        context.log(`${file.path}: arrived with the digest ${attempt.digest}; fetching it again`)
    }
  }
}

/** Of this attempt: a file that is fetched again begins anew. */
type OnArrived = (bytes: number) => void

type Attempt = { kind: 'whole' } | { kind: 'broken'; reason: string } | { kind: 'corrupt'; digest: string }

async function attemptFile(
  file: FileRef,
  path: string,
  context: StepContext,
  consume: (body: ReadableStream<Uint8Array>) => Promise<void>,
  onArrived: OnArrived,
): Promise<Attempt> {
  const body = await context.client.download(path, context.signal)
  const watched = watch(body, onArrived)
  let failure: unknown
  try {
    await consume(watched.body)
  } catch (error) {
    failure = error
  }
  context.signal.throwIfAborted()
  // Damaged on the way, an archive fails in tar before its end: only the whole digest tells which of the two is at fault.
  const end = await watched.drain()
  if (end.kind === 'broken') return end
  if (end.digest !== file.digest) return { kind: 'corrupt', digest: end.digest }
  if (failure !== undefined) throw failure
  return { kind: 'whole' }
}

type BodyEnd = { kind: 'ended'; digest: string } | { kind: 'broken'; reason: string }

/** The same bytes, digested as they pass; drain reads what the consumer left. */
function watch(
  source: ReadableStream<Uint8Array>,
  onArrived: OnArrived,
): { body: ReadableStream<Uint8Array>; drain(): Promise<BodyEnd> } {
  let arrivedBytes = 0
  const reader = source.getReader()
  const hash = createHash('sha256')
  let end: BodyEnd | undefined

  async function next(): Promise<Uint8Array | undefined> {
    if (end !== undefined) return undefined
    try {
      const { done, value } = await reader.read()
      if (done) end = { kind: 'ended', digest: hash.digest('hex') }
      else {
        hash.update(value)
        arrivedBytes += value.length
        onArrived(arrivedBytes)
      }
      return value
    } catch (error) {
      end = { kind: 'broken', reason: error instanceof Error ? error.message : String(error) }
      throw error
    }
  }

  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const bytes = await next()
      if (bytes === undefined) controller.close()
      else controller.enqueue(bytes)
    },
  })
  return {
    body,
    async drain() {
      while (end === undefined) await next().catch(() => undefined)
      return end
    },
  }
}

/** Of a file of the profile that the job builds with. */
function pathOf(file: FileRef, { profile }: StepContext): string {
  if (profile === undefined) {
    throw new AppError('AGENT_STEP_FAILED', `the job names no profile, so ${file.path} cannot be fetched`, 'Post the job again.')
  }
  const path = segmentsOf(file).map(encodeURIComponent).join('/')
  return `/profiles/${encodeURIComponent(profile.name)}/${encodeURIComponent(profile.revision)}/files/${path}`
}

/** The appliance checks them too; a file of ours never leaves its folder, whoever sent the name. */
function segmentsOf(file: FileRef): string[] {
  const segments = file.path.split('/')
  if (segments.every((segment) => segment !== '' && segment !== '.' && segment !== '..')) return segments
  throw new AppError(
    'AGENT_PATH_INVALID',
    `"${file.path}" is not a path inside a profile`,
    'Use paths below the folder of profile.yaml.',
  )
}

function corrupt(file: FileRef, digest: string): AppError {
  return new AppError(
    'AGENT_FILE_CORRUPT',
    `${file.path} should have the digest ${file.digest} but arrived twice with ${digest}`,
    'Look at the file on the appliance (`platen profile check`) and at the network between the two.',
  )
}
