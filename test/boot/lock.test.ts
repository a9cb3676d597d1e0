import { expect, it } from 'vitest'
import { type BootLock, describeLockChanges, lockedInputs, readLock } from '../../boot/lock.ts'

const input = (name: string, version: string) => ({
  name,
  version,
  path: `${name}.deb`,
  digest: version.padStart(64, '0'),
  sizeBytes: 1,
})
const lockOf = (...system: BootLock['system']): BootLock => ({
  suite: 'trixie',
  release: '13.0',
  system,
  kernel: [],
  firmware: [],
  loaders: [],
  tools: [],
  node: input('node', '24'),
})

it.each(['x64', 'arm64'] as const)('the lock file of %s is whole: every input has a digest and a size', async (architecture) => {
  const lock = await readLock(architecture)
  const inputs = lockedInputs(lock!)
  expect(inputs.map(({ name }) => name)).toEqual(
    expect.arrayContaining(['busybox-static', 'partclone', 'ipxe', 'squashfs-tools', `node-linux-${architecture}`]),
  )
  expect(inputs.every(({ sizeBytes }) => sizeBytes > 0)).toBe(true)
})

it('says what came, went and changed', () => {
  const before = lockOf(input('kept', '1'), input('older', '1'), input('gone', '1'))
  const after = lockOf(input('kept', '1'), input('older', '2'), input('fresh', '1'))
  expect(describeLockChanges(before, after)).toEqual(['~ older 1 -> 2', '+ fresh 1', '- gone 1'])
  expect(describeLockChanges(after, after)).toEqual([])
})
