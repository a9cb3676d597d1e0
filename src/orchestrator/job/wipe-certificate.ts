// A certificate as people read and file it. Pure.
import type { SignedWipeCertificate, WipedDisk, WipeMethod, WipeProof } from '../../contract/wipe.ts'

/** Without its ending; a name that files of a job may have. */
export function certificateName({ serial, wwn, byPath }: Pick<WipedDisk, 'serial' | 'wwn' | 'byPath'>): string {
  const disk = (serial ?? wwn ?? byPath ?? 'disk').replaceAll(/[^A-Za-z0-9._-]/g, '_')
  return `certificate-${disk}`.slice(0, 95)
}

export function certificateText({ certificate, keyId, signature }: SignedWipeCertificate): string {
  const { disk, node, method, samples, startedAt, endedAt, signedAt, jobId } = certificate
  const rows: readonly (readonly [string, string | undefined])[] = [
    ['disk serial', disk.serial],
    ['world wide name', disk.wwn],
    ['model', disk.model],
    ['attached at', disk.byPath],
    ['size', `${disk.sizeBytes} bytes`],
    ['machine', [node.name, node.serial && `serial ${node.serial}`].filter(Boolean).join(', ')],
    ['method', `${method}: ${METHODS[method]}`],
    ['began', startedAt],
    ['ended', endedAt],
    ['job', jobId],
    ['proof', `${samples.count} places of ${samples.bytesEach} bytes were read back: ${FOUND[samples.found]}`],
    ['places', `from the seed ${samples.seed}`],
    ['signed', `${signedAt} with the key ${keyId}`],
    ['signature', signature],
  ]
  const lines = rows.flatMap(([name, text]) => (text === undefined || text === '' ? [] : [`${name.padEnd(16)} ${text}`]))
  return [
    'Certificate of a wiped disk',
    '',
    ...lines,
    '',
    'Verify it, with the JSON of the same name: platen wipe verify FILE',
    '',
  ].join('\n')
}

const METHODS: Readonly<Record<WipeMethod, string>> = {
  'nvme-sanitize-block': 'the drive erased all of its blocks, those that it keeps to itself included (NVMe sanitize)',
  'nvme-sanitize-crypto': 'the drive changed its key for all of its media (NVMe sanitize)',
  'nvme-format': 'the drive erased all user data of this namespace (NVMe format)',
  'nvme-format-crypto': 'the drive changed the key of this namespace (NVMe format)',
  'ata-secure-erase-enhanced': 'the drive erased all sectors, replaced ones included (ATA enhanced security erase)',
  'ata-secure-erase': 'the drive erased all user data (ATA security erase)',
  discard: 'the drive was told that nobody uses any of its blocks',
  overwrite: 'every block that can be addressed was overwritten once',
}

const FOUND: Readonly<Record<WipeProof, string>> = {
  pattern: 'each holds the pattern that it was overwritten with',
  zeros: 'a pattern that was written there before is gone, each holds zeros',
  ones: 'a pattern that was written there before is gone, each holds ones',
  changed: 'a pattern that was written there before is gone from each',
}
