import { describe, expect, it } from 'vitest'
import { type BootFacts, decideBoot } from '../../../src/orchestrator/boot/decision.ts'
import type { LocalBoot } from '../../../src/orchestrator/boot/local-boot.ts'
import { PROVEN } from '../../fakes/proven-peer.ts'

const words = () => ({ token: 't', extraKernelArguments: ['console=tty0'] })
const node = (state: NonNullable<BootFacts['node']>['state'], fixedDiskCount = 1, localBoot: LocalBoot = {}) => ({
  name: 'node-1',
  state,
  architecture: 'arm64' as const,
  fixedDiskCount,
  localBoot,
})
const client = {
  mac: '52:54:00:00:00:01',
  systemUuid: undefined,
  firmware: 'uefi',
  architecture: 'x64',
  applianceUrl: 'http://a',
  ...PROVEN,
} as const

describe('decideBoot', () => {
  it.each<{ name: string; facts: BootFacts; want: object }>([
    { name: 'never seen', facts: { node: undefined, hasJob: false }, want: { kind: 'boot-os', architecture: 'x64' } },
    { name: 'discovered', facts: { node: node('discovered'), hasJob: false }, want: { kind: 'wait', retrySeconds: 15 } },
    { name: 'discovered, though a job fits', facts: { node: node('discovered'), hasJob: true }, want: { kind: 'wait' } },
    {
      name: 'approved with a job',
      facts: { node: node('approved'), hasJob: true },
      want: { kind: 'boot-os', architecture: 'arm64' },
    },
    {
      name: 'approved without',
      facts: { node: node('approved'), hasJob: false },
      want: { kind: 'local-disk', methods: ['sanboot', 'exit'] },
    },
    {
      name: 'approved without, several disks: the firmware knows which',
      facts: { node: node('approved', 2), hasJob: false },
      want: { kind: 'local-disk', methods: ['exit'] },
    },
    { name: 'held', facts: { node: node('held'), hasJob: false }, want: { kind: 'local-disk' } },
    { name: 'held in the middle of its job', facts: { node: node('held'), hasJob: true }, want: { kind: 'boot-os' } },
    { name: 'retired', facts: { node: node('retired'), hasJob: true }, want: { kind: 'local-disk' } },
  ])('$name', ({ facts, want }) => {
    expect(decideBoot(client, facts, words)).toMatchObject(want)
  })

  it('gives the kernel all that the agent needs', () => {
    expect(decideBoot(client, { node: undefined, hasJob: false }, words)).toMatchObject({
      kernelArguments: ['platen.url=http://a', 'platen.token=t', 'BOOTIF=52:54:00:00:00:01', 'console=tty0'],
    })
  })

  it('a BIOS is told the drive first', () => {
    const facts = { node: node('approved', 2), hasJob: false }
    expect(decideBoot({ ...client, firmware: 'bios' }, facts, words)).toEqual({
      kind: 'local-disk',
      methods: ['sanboot', 'exit'],
    })
  })

  it('goes by BootNext through the boot OS, which then restarts', () => {
    const facts = { node: node('approved', 1, { pinned: 'boot-next' }), hasJob: false }
    expect(decideBoot(client, facts, words)).toMatchObject({
      kind: 'boot-os',
      kernelArguments: expect.arrayContaining(['platen.token=t', 'platen.idle=reboot']),
    })
    expect(decideBoot({ ...client, firmware: 'bios' }, facts, words)).toEqual({
      kind: 'local-disk',
      methods: ['sanboot', 'exit'],
    })
  })
})
