// One of everything as an appliance shows it: a node and what it should run, a job, an image version, a profile, a package.

import type { ImageVersionView } from '../../src/contract/image.ts'
import type { JobView } from '../../src/contract/job.ts'
import type { NodeView } from '../../src/contract/operator-api.ts'
import type { PackageVersionView } from '../../src/contract/package.ts'
import type { ProfileView } from '../../src/contract/profile.ts'
import type { RollOutView } from '../../src/contract/roll-out.ts'
import type { MovePlan, NodeWanted } from '../../src/contract/wanted.ts'

export const AT = '2026-01-02T03:04:05.000Z'

export const NODE: NodeView = {
  id: 'n-1',
  name: 'rack1-07',
  state: 'discovered',
  firstSeenAt: AT,
  lastSeenAt: AT,
  presence: 'boot-os',
  bootMacs: ['52:54:00:00:00:07'],
  localBoot: { order: ['exit', 'sanboot'], worked: 'exit', failed: ['sanboot'] },
  inventory: {
    architecture: 'x64',
    firmware: 'uefi',
    secureBoot: 'off',
    smbios: { systemSerial: 'SER-7', product: 'Standard PC' },
    cpuCount: 2,
    memoryBytes: 1024 ** 3,
    nics: [{ name: 'eth0', mac: '52:54:00:00:00:07', linkUp: true }],
    disks: [
      {
        devicePath: '/dev/vda',
        serial: 'DISK-7',
        sizeBytes: 8 * 1024 ** 3,
        logicalSectorBytes: 512,
        physicalSectorBytes: 512,
        isRotational: false,
        isRemovable: false,
        isReadOnly: false,
      },
    ],
  },
}

export const JOB: JobView = {
  id: '6f1c2d3e-0000-4000-8000-000000000001',
  state: 'queued',
  request: {
    kind: 'build',
    profile: 'tiny-linux',
    eraseForeignData: false,
    includeUnknown: false,
    priority: 0,
    maxAttempts: 3,
    completeTimeoutSeconds: 21_600,
    whenDone: 'reboot',
  },
  attempt: 1,
  stepIndex: 0,
  stepKinds: ['format', 'capture'],
  queuedAt: AT,
  status: { majorState: 'queued', minorState: '', percent: 0, transfer: {} },
  results: [],
}

export const VERSION: ImageVersionView = {
  imageName: 'tiny-linux',
  version: 1,
  manifestDigest: 'a'.repeat(64),
  contentDigest: 'b'.repeat(64),
  createdAt: AT,
  tags: ['stable'],
  diskSizeBytes: 8 * 1024 ** 3,
  usedBytes: 50 * 1024 ** 2,
  chunkCount: 50,
  addedBytes: 20 * 1024 ** 2,
}

export const PROFILE: ProfileView = {
  name: 'tiny-linux',
  architecture: 'x64',
  imageName: 'tiny-linux',
  revision: 'c'.repeat(64),
  loadedAt: AT,
  problems: [],
}

export const PACKAGE: PackageVersionView = {
  name: 'agent',
  version: '2.1.0',
  order: 'semver',
  kind: 'folder',
  digest: 'd'.repeat(64),
  sizeBytes: 2 * 1024 ** 2,
  files: [{ path: 'agent.bin', digest: 'e'.repeat(64), sizeBytes: 2 * 1024 ** 2 }],
  addedAt: AT,
  requires: [{ name: 'lib', range: '>=2', or: [{ name: 'other' }] }],
  features: ['monitoring'],
}

export const WANTED: NodeWanted = {
  node: 'rack1-07',
  own: {},
  runs: { entries: [{ image: 'tiny-linux', tag: 'stable' }], from: 'class lab' },
  features: [{ name: 'web', from: 'the machine itself' }],
  enforce: { value: 'at-boot', from: 'class lab' },
  resolved: { image: { name: 'tiny-linux', version: 1 }, packages: [] },
  bootOs: {
    which: { build: 3, from: 'class lab' },
    console: { words: ['ttyS1,115200'], from: 'class lab' },
    nextBuild: 3,
    next: 'build 3, as class lab says',
    booted: { build: 2 },
    present: 'build 2',
  },
  candidates: [{ what: 'tiny-linux version 2', lost: 'it is not tagged stable' }, { what: 'tiny-linux version 1' }],
  difference: { kind: 'image', words: 'nothing that was verified', bytes: 50 * 1024 ** 2 },
  standing: 'at its next boot a job brings tiny-linux version 1 (attempt 1)',
}

export const MOVES: MovePlan = {
  moves: [
    {
      node: 'rack1-07',
      from: { imageName: 'tiny-linux', version: 2 },
      to: { imageName: 'tiny-linux', version: 1 },
      bytes: 1024 ** 2,
    },
  ],
  bytes: 1024 ** 2,
}

export const ROLL_OUT: RollOutView = {
  id: 'r-1',
  nodeClass: 'lab',
  image: 'tiny-linux',
  version: 2,
  canary: 1,
  ringSize: '25%',
  maxFailures: 1,
  settleSeconds: 300,
  restart: false,
  phase: 'running',
  startedAt: AT,
  needsHealth: true,
  ring: 1,
  nodes: [{ node: 'rack1-07', at: 'returned', ring: 1, jobId: JOB.id, reason: 'nginx does not answer' }],
  failures: 1,
}
