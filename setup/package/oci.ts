// A container image as a folder (OCI image layout 1.1): Debian's smallest system of one layer, the package unpacked over it in another.
// Touches mmdebstrap, dpkg-deb, tar, gzip. For the architecture of this machine alone, since packages of another cannot be set up here.

import { createHash } from 'node:crypto'
import { chmodSync, lstatSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { digestOf } from './archive.ts'
import { run } from './run.ts'
import type { Target } from './target.ts'

const SUITE = 'trixie'

export interface OciOrder {
  readonly target: Target
  readonly version: string
  readonly epochSeconds: number
  readonly deb: string
  readonly workDir: string
  /** The layout; made anew. */
  readonly outDir: string
}

interface Blob {
  readonly mediaType: string
  readonly digest: string
  readonly size: number
}

export async function makeOciLayout({ target, version, epochSeconds, deb, workDir, outDir }: OciOrder): Promise<void> {
  rmSync(outDir, { recursive: true, force: true })
  mkdirSync(join(outDir, 'blobs/sha256'), { recursive: true })
  const layer = join(workDir, 'system.tar')
  const environment = { SOURCE_DATE_EPOCH: String(epochSeconds) }
  // Our package as one of Debian's: its account and links are made by its own scripts.
  const options = ['--variant=minbase', `--architectures=${target.architecture}`, '--aptopt=APT::Install-Recommends "false"']
  run(
    'mmdebstrap',
    [...options, `--include=${deb}`, `--hook-dir=/usr/share/mmdebstrap/hooks/file-mirror-automount`, SUITE, layer],
    { environment },
  )
  const diffId = await digestOf(layer)
  run('gzip', ['-n', '-6', '-f', layer])
  const system = await keep(outDir, `${layer}.gz`, 'application/vnd.oci.image.layer.v1.tar+gzip')
  const created = new Date(epochSeconds * 1000).toISOString()
  const config = keepJson(outDir, 'application/vnd.oci.image.config.v1+json', {
    created,
    architecture: target.architecture,
    os: 'linux',
    config: {
      // Started as root with NET_BIND_SERVICE, it becomes the account platen by itself.
      Entrypoint: ['/usr/bin/platen'],
      Cmd: ['serve'],
      Env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'],
      Volumes: { '/var/lib/platen': {} },
      ExposedPorts: { '67/udp': {}, '69/udp': {}, '4011/udp': {}, '8080/tcp': {}, '8443/tcp': {} },
    },
    rootfs: { type: 'layers', diff_ids: [`sha256:${diffId}`] },
    history: [{ created, created_by: `platen ${version}` }],
  })
  const manifestType = 'application/vnd.oci.image.manifest.v1+json'
  const manifest = keepJson(outDir, manifestType, { schemaVersion: 2, mediaType: manifestType, config, layers: [system] })
  const platform = { architecture: target.architecture, os: 'linux' }
  const index = {
    schemaVersion: 2,
    manifests: [{ ...manifest, platform, annotations: { 'org.opencontainers.image.ref.name': version } }],
  }
  writeFileSync(join(outDir, 'index.json'), JSON.stringify(index))
  writeFileSync(join(outDir, 'oci-layout'), JSON.stringify({ imageLayoutVersion: '1.0.0' }))
}

async function keep(layout: string, path: string, mediaType: string): Promise<Blob> {
  const digest = await digestOf(path)
  const size = lstatSync(path).size
  renameSync(path, join(layout, 'blobs/sha256', digest))
  chmodSync(join(layout, 'blobs/sha256', digest), 0o644)
  return { mediaType, digest: `sha256:${digest}`, size }
}

function keepJson(layout: string, mediaType: string, value: unknown): Blob {
  const bytes = Buffer.from(JSON.stringify(value))
  const digest = createHash('sha256').update(bytes).digest('hex')
  writeFileSync(join(layout, 'blobs/sha256', digest), bytes)
  return { mediaType, digest: `sha256:${digest}`, size: bytes.length }
}
