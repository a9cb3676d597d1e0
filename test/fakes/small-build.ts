// A build of the boot OS of a few bytes: its record, and what gives its files.
import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import type { BootBuildRecord } from '../../src/contract/boot-build.ts'
import type { Architecture } from '../../src/contract/values.ts'

const FILES = { vmlinuz: 'a kernel', 'initrd.img': 'a system', 'agent.img': 'an agent', 'loaders/undionly.kpxe': 'a loader' }

/** files: over those that every build has; each character one byte. */
export function smallBuild(architecture: Architecture, files: Readonly<Record<string, string>> = {}) {
  const all = new Map(Object.entries({ ...FILES, ...files }).map(([name, text]) => [name, Buffer.from(text, 'latin1')]))
  const artefacts = [...all].map(([name, bytes]) => ({
    name,
    sizeBytes: bytes.length,
    digest: createHash('sha256').update(bytes).digest('hex'),
  }))
  const record: BootBuildRecord = { architecture, builtAt: '2026-01-01T00:00:00.000Z', artefacts, inputs: [] }
  return { record, open: (name: string) => Readable.from([all.get(name)!]) }
}
