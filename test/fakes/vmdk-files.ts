// VMDK files whose description reaches for other files of the machine, as an attacker would make them.

/** A description alone: its data is said to lie in files. */
export const vmdkDescription = (extents: readonly string[], more = ''): string =>
  `# Disk DescriptorFile\nversion=1\nCID=fffffffe\nparentCID=ffffffff\ncreateType="monolithicFlat"\n${more}\n# Extent description\n${extents.join('\n')}\n`

/** A file with a head of tables whose capacity is 0: then the description inside of it counts. */
export function vmdkWithDescription(description: string, capacitySectors = 0n): Buffer {
  const file = Buffer.alloc(64 * 1024)
  file.write('KDMV', 0, 'latin1')
  file.writeUInt32LE(1, 4)
  file.writeUInt32LE(3, 8)
  file.writeBigUInt64LE(capacitySectors, 12)
  file.writeBigUInt64LE(128n, 20)
  // Its place and length in sectors.
  file.writeBigUInt64LE(1n, 28)
  file.writeBigUInt64LE(20n, 36)
  file.writeUInt32LE(512, 44)
  file.write(description, 512, 'latin1')
  return file
}
