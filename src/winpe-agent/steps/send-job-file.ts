// A file of this machine that is kept with the job. Reads it, sends it to the appliance.
import { readFile, stat } from 'node:fs/promises'
import { JOB_FILE_MAX_BYTES } from '../../contract/agent-api.ts'
import type { StepContext } from '../performer.ts'

/** undefined: it was left out, which the log says. */
export async function sendJobFile(path: string, name: string, context: StepContext): Promise<Uint8Array | undefined> {
  const { log } = context
  const found = await stat(path)
  if (!found.isFile()) {
    log(`${name} is left out: it is not a file`)
    return undefined
  }
  if (found.size > JOB_FILE_MAX_BYTES) {
    log(`${name} is left out: it has ${found.size} bytes, ${JOB_FILE_MAX_BYTES} are allowed`)
    return undefined
  }
  const fileName = jobFileName(name)
  const bytes = await readFile(path)
  await sendBytes(fileName, bytes, context)
  log(`${fileName} is kept with the job (${found.size} bytes)`)
  return bytes
}

export async function sendBytes(
  fileName: string,
  bytes: Uint8Array,
  { client, jobId, leaseId, signal }: StepContext,
): Promise<void> {
  const target = `/jobs/${jobId}/files/${fileName}?leaseId=${encodeURIComponent(leaseId)}`
  for await (const _ of await client.exchange(target, 'application/octet-stream', [bytes], signal));
}

/** As names of job files are allowed to be. */
export const jobFileName = (name: string): string =>
  name
    .replaceAll(/[^A-Za-z0-9._-]/g, '_')
    .replace(/^[.-]+/, '_')
    .slice(0, 100)
