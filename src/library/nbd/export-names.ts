// What an export is called: debian-13@4 is the first disk of that version, debian-13@4/disk2 the second. Pure.
export interface ExportedDisk {
  readonly imageName: string
  readonly version: number
  /** From 1. */
  readonly disk: number
}

export function formatExportName({ imageName, version, disk }: ExportedDisk): string {
  return disk === 1 ? `${imageName}@${version}` : `${imageName}@${version}/disk${disk}`
}

/** undefined: it is no name of a disk. */
export function parseExportName(text: string): ExportedDisk | undefined {
  const match = /^([A-Za-z0-9][A-Za-z0-9._-]*)@([1-9][0-9]{0,8})(?:\/disk([1-9][0-9]{0,2}))?$/.exec(text)
  if (match === null) return undefined
  const [, imageName = '', version = '', disk = '1'] = match
  return { imageName, version: Number(version), disk: Number(disk) }
}
