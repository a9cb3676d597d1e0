// A trial from the version to the loaded kernel, on folders that stand for its partitions: what is packed, and what is refused before anything starts.
import { execFileSync } from 'node:child_process'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync, zstdCompressSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Manifest } from '../../../src/contract/image.ts'
import type { TryStep } from '../../../src/contract/steps.ts'
import { encodeManifest, manifestDigestOf } from '../../../src/imaging/manifest-codec.ts'
import type { KernelFiles } from '../../../src/winpe-agent/machine.ts'
import type { Memory } from '../../../src/winpe-agent/steps/trial-memory.ts'
import { tryPerformer } from '../../../src/winpe-agent/steps/try.ts'
import type { NbdAddress } from '../../../src/winpe-agent/trial-tools.ts'
import { manifestOf } from '../../fakes/small-manifest.ts'
import { stepScene } from '../../fakes/step-scene.ts'

const GIB = 1024 ** 3
/** The first bytes of a kernel, as far as anybody looks. */
const X86_KERNEL = Buffer.alloc(0x210)
X86_KERNEL.write('HdrS', 0x202)
const ARM64_KERNEL = Buffer.alloc(0x210)
ARM64_KERNEL.write('ARMd', 56)

let directory: string
let loaded: KernelFiles | undefined
let attached: NbdAddress[]
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'platen-try-'))
  loaded = undefined
  attached = []
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

/** Files by partition and path; a text that begins with -> is a link. */
type Partitions = readonly { readonly content: string; readonly files: Readonly<Record<string, string | Buffer>> }[]

function fill(partitions: Partitions): void {
  for (const [index, { files }] of partitions.entries()) {
    for (const [path, content] of Object.entries(files)) {
      const file = join(directory, `disk${index + 1}`, path)
      mkdirSync(join(file, '..'), { recursive: true })
      if (typeof content === 'string' && content.startsWith('->')) symlinkSync(content.slice(2), file)
      else writeFileSync(file, content)
    }
  }
}

async function tryOut(partitions: Partitions, memory: Memory = { totalBytes: 4 * GIB, availableBytes: 3 * GIB }) {
  fill(partitions)
  const [disk] = manifestOf(['ab'.repeat(32)]).disks
  const contents = partitions.map(({ content }, index) => ({ number: index + 1, content, usedBytes: 0 }))
  const manifest = { ...manifestOf([]), disks: [{ ...disk!, contents }] } as Manifest
  const step: TryStep = {
    kind: 'try',
    timeoutSeconds: 60,
    imageName: 'tiny',
    version: 3,
    manifestDigest: manifestDigestOf(manifest),
  }
  const { context, lines } = stepScene([], [step])
  const compressed = zstdCompressSync(encodeManifest(manifest))
  const client = {
    ...context.client,
    download: async () => new Blob([Buffer.from(compressed)]).stream(),
    post: async () => ({ uri: 'nbd://10.77.0.1:10809/t/name' }),
  } as unknown as typeof context.client
  const perform = tryPerformer({
    directory: join(directory, 'work'),
    machine: {
      async loadKernel(kernel) {
        copyFileSync(kernel.initrdPath!, join(directory, 'loaded-root'))
        loaded = kernel
      },
    },
    imaging: { announcePartitions: async () => undefined, partitionPath: (device, number) => `${device}${number}` },
    tools: {
      async whileAttached(address, _run, work) {
        attached.push(address)
        return work(join(directory, 'disk'))
      },
      whileLookedAt: async (path, _content, _run, work) => work(path),
      memory: async () => memory,
      usedBytes: async () => 100 * 1024 * 1024,
      diskModules: async () => ['ahci'],
      commandLine: async () => 'console=ttyS0 platen.token=secret',
      busybox: async () => Buffer.from('busybox'),
    },
  })
  return { outcome: await perform(step, { ...context, client }), lines }
}

function unpackedRoot(): string {
  const target = join(directory, 'unpacked')
  mkdirSync(target)
  execFileSync('cpio', ['--quiet', '-i', '-d', '-u'], {
    cwd: target,
    input: gunzipSync(readFileSync(join(directory, 'loaded-root'))),
  })
  return target
}

const ROOT = { 'etc/fstab': 'UUID=1 / ext4', 'sbin/init': 'init' }

describe('a trial', () => {
  it('starts the kernel of the root with the root in memory, and leaves nothing behind', async () => {
    const { outcome } = await tryOut([
      { content: 'fat', files: { 'EFI/BOOT/BOOTX64.EFI': 'grub' } },
      { content: 'ext', files: { ...ROOT, 'boot/vmlinuz-6.1': ARM64_KERNEL, 'boot/vmlinuz-6.12': X86_KERNEL } },
    ])
    expect(outcome).toEqual({ transfer: {}, imageVersion: 3, startsKernel: true })
    expect(attached).toEqual([{ host: '10.77.0.1', port: 10_809, exportName: 't/name', sectorBytes: 512 }])
    expect(loaded?.commandLine).toMatch(/^console=ttyS0 rdinit=\/platen-trial\/init module_blacklist=\S*ahci/)
    const root = unpackedRoot()
    expect(readFileSync(join(root, 'etc/fstab'), 'utf8')).not.toContain('UUID')
    expect(readFileSync(join(root, 'sbin/init'), 'utf8')).toBe('init')
    expect(readFileSync(join(root, 'platen-trial/init'), 'utf8')).toContain('tiny version 3')
    expect(readdirSync(directory)).not.toContain('work')
  })

  it.each<{ name: string; partitions: Partitions }>([
    {
      name: 'the kernel on a partition of its own',
      partitions: [
        { content: 'ext', files: { 'vmlinuz-6.12': X86_KERNEL } },
        { content: 'xfs', files: { ...ROOT, 'boot/.keep': '' } },
      ],
    },
    {
      name: 'a root in a subvolume, with merged folders and a link to its kernel',
      partitions: [
        {
          content: 'btrfs',
          files: {
            '@/etc/fstab': '',
            '@/usr/sbin/init': 'init',
            '@/sbin': '->usr/sbin',
            '@/boot/vmlinuz': '->/boot/vmlinuz-6.12',
            '@/boot/vmlinuz-6.12': X86_KERNEL,
          },
        },
      ],
    },
  ])('finds $name', async ({ partitions }) => {
    expect((await tryOut(partitions)).outcome.startsKernel).toBe(true)
  })

  it.each<{ name: string; partitions: Partitions; memory?: Memory; code: string; says: RegExp }>([
    {
      name: 'a kernel for another processor',
      partitions: [{ content: 'ext', files: { ...ROOT, 'boot/vmlinuz': ARM64_KERNEL } }],
      code: 'AGENT_TRIAL_UNFIT',
      says: /\/boot\/vmlinuz is a kernel for arm64; this machine is x64/,
    },
    {
      name: 'no kernel',
      partitions: [{ content: 'ext', files: { ...ROOT, 'boot/initrd.img': 'x' } }],
      code: 'AGENT_TRIAL_UNFIT',
      says: /has a kernel in \/boot/,
    },
    {
      name: 'no root',
      partitions: [{ content: 'ext', files: { vmlinuz: X86_KERNEL } }],
      code: 'AGENT_TRIAL_UNFIT',
      says: /no partition of tiny version 3 holds the root of a Linux/,
    },
    {
      name: 'a Windows',
      partitions: [{ content: 'ntfs', files: { 'Windows/x': '' } }],
      code: 'AGENT_TRIAL_UNFIT',
      says: /kernel/,
    },
    {
      name: 'too little memory',
      partitions: [{ content: 'ext', files: { ...ROOT, 'boot/vmlinuz': X86_KERNEL } }],
      memory: { totalBytes: 0.2 * GIB, availableBytes: 0.1 * GIB },
      code: 'AGENT_TRIAL_MEMORY',
      says: /needs \d+ MiB of memory to be tried, and this machine has 205 MiB/,
    },
  ])('is refused for $name, and no kernel is loaded', async ({ partitions, memory, code, says }) => {
    const refused = tryOut(partitions, memory)
    await expect(refused).rejects.toMatchObject({ code })
    await expect(refused).rejects.toThrow(says)
    expect(loaded).toBeUndefined()
    expect(existsSync(join(directory, 'loaded-root'))).toBe(false)
  })
})
