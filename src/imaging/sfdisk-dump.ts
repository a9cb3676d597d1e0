// What `sfdisk --dump` wrote, of util-linux 2.26 and later and of the ones before. Pure.

export interface DumpedPartition {
  /** sda5 of /dev/sda5; a / inside is kept. */
  readonly node: string
  readonly startSector: number
  readonly sectors: number
  /** 83, 0x83 or a GUID, as it stands there. */
  readonly type: string
  readonly isActive: boolean
}

export interface SfdiskDump {
  readonly label: 'dos' | 'gpt' | undefined
  readonly sectorBytes: number | undefined
  readonly lastLba: number | undefined
  readonly partitions: readonly DumpedPartition[]
}

const LINE = /^\/dev\/(\S+?)\s*:\s*(.*)$/

export function parseSfdiskDump(text: string): SfdiskDump {
  const lines = text.split(/\r?\n/)
  const header = (key: string) =>
    lines
      .find((line) => line.startsWith(`${key}:`))
      ?.slice(key.length + 1)
      ?.trim()
  const label = header('label')
  return {
    label: label === 'dos' || label === 'gpt' ? label : undefined,
    sectorBytes: wholeNumber(header('sector-size')),
    lastLba: wholeNumber(header('last-lba')),
    // The older program lists empty entries, too.
    partitions: lines.flatMap((line) => partitionOf(line)).filter(({ sectors }) => sectors > 0),
  }
}

function partitionOf(line: string): DumpedPartition[] {
  const [, node, rest = ''] = LINE.exec(line) ?? []
  if (node === undefined) return []
  const field = (...keys: string[]): string | undefined => {
    for (const key of keys) {
      const found = new RegExp(`(?:^|[\\s,])${key}\\s*=\\s*([^,\\s]+)`, 'i').exec(rest)?.[1]
      if (found !== undefined) return found
    }
    return undefined
  }
  const startSector = wholeNumber(field('start'))
  const sectors = wholeNumber(field('size'))
  if (startSector === undefined || sectors === undefined) return []
  return [{ node, startSector, sectors, type: field('type', 'Id') ?? '', isActive: /(^|[\s,])bootable\b/.test(rest) }]
}

function wholeNumber(text: string | undefined): number | undefined {
  const value = Number(text)
  return text !== undefined && text !== '' && Number.isSafeInteger(value) && value >= 0 ? value : undefined
}
