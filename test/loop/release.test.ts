// What was mounted is given back also when somebody else looks at it for a moment. Needs root.
import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { whileMounted } from '../../src/winpe-agent/tools/mounted.ts'
import { withReadOnlyMount } from '../../src/winpe-agent/tools/read-only-mount.ts'
import { ImageDisk, sh } from '../fakes/image-disk.ts'

const run = { signal: new AbortController().signal, log: () => undefined }

let directory: string
let disk: ImageDisk
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'platen-loop-'))
  disk = await ImageDisk.create(join(directory, 'disk.img'), 16 * 1024 * 1024)
  await sh(`mkfs.ext4 -q ${disk.path}`)
})

afterAll(async () => {
  await disk?.remove()
  await rm(directory, { recursive: true, force: true })
})

/** Somebody who stands in it, and goes soon. */
async function visit(mountPoint: string): Promise<void> {
  const visitor = spawn('sh', ['-c', 'echo here; exec sleep 0.7'], { cwd: mountPoint, stdio: ['ignore', 'pipe', 'ignore'] })
  await new Promise((resolve) => visitor.stdout.once('data', resolve))
}

it.each([
  { how: 'whileMounted', look: () => whileMounted(disk.path, 'ext', 'write', run, visit) },
  { how: 'withReadOnlyMount', look: () => withReadOnlyMount(disk.path, 'ext', run, visit) },
])('$how waits until nobody uses it any more', async ({ look }) => {
  await look()
  expect(await sh(`grep -c ${disk.path} /proc/self/mounts || true`)).toBe('0')
})
