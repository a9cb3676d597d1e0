// Which files of an archive are disks: those that the description of an OVA names, in its order, or the only one that looks like one. Reads members.
import { createHash } from 'node:crypto'
import { AppError } from '../../contract/errors.ts'
import { describeMagic, HEAD_BYTES, identifyFile } from '../../imaging/file-content.ts'
import { ovaInvalid, parseOvf, parseOvfManifest } from '../../imaging/ovf.ts'
import { ByteReader, type Pieces } from './pieces.ts'
import type { Member } from './tar-members.ts'

const MOST_TEXT_BYTES = 4 * 1024 * 1024

/** In the order of the image. Throws IMAGE_FILE_UNSUPPORTED when it cannot be told which. */
export async function disksIn(members: readonly Member[], file: string, log: (line: string) => void): Promise<Member[]> {
  const description = members.find(({ name }) => /\.ovf$/i.test(name))
  if (description === undefined) return [await soleDisk(members, file)]
  const manifest = members.find(({ name }) => /\.mf$/i.test(name))
  const digests = parseOvfManifest(manifest === undefined ? '' : await textOf(manifest))
  const disks: Member[] = []
  for (const disk of parseOvf(await textOf(description))) {
    if (disk.file === undefined) {
      log(`the disk ${disk.diskId} of this machine is empty: it is not part of the image`)
      continue
    }
    const member = members.find(({ name }) => name === disk.file)
    if (member === undefined) throw ovaInvalid(`the file ${disk.file} of its disk ${disk.diskId} is not in it`)
    disks.push(checked(member, digests.get(member.name)))
  }
  if (disks.length === 0) throw ovaInvalid('its description names no disk with content')
  return disks
}

/** The same content, which fails at its end when its digest is another. */
function checked(member: Member, wanted: { readonly algorithm: string; readonly digest: string } | undefined): Member {
  if (wanted === undefined) return member
  return {
    ...member,
    async *content() {
      const hash = createHash(wanted.algorithm.toLowerCase())
      for await (const piece of member.content()) {
        hash.update(piece)
        yield piece
      }
      const digest = hash.digest('hex')
      if (digest !== wanted.digest)
        throw ovaInvalid(`${member.name} has the ${wanted.algorithm} ${digest}, its manifest says ${wanted.digest}`)
    },
  }
}

async function soleDisk(members: readonly Member[], file: string): Promise<Member> {
  const disks: Member[] = []
  const others: string[] = []
  for (const member of members) {
    const head = await headOf(member.content())
    const { kind } = identifyFile({ head, tail: Buffer.alloc(0), sizeBytes: member.sizeBytes })
    if (kind === 'unknown' || kind === 'foreign') others.push(`${member.name}: ${describeMagic(head)}`)
    else disks.push(member)
  }
  const [disk] = disks
  if (disk !== undefined && disks.length === 1) return disk
  const found = disks.length === 0 ? others.slice(0, 5).join('; ') : disks.map(({ name }) => name).join(', ')
  throw new AppError(
    'IMAGE_FILE_UNSUPPORTED',
    disks.length === 0
      ? `no file in ${file} looks like a disk: ${found || 'it is empty'}`
      : `${disks.length} files in ${file} look like disks: ${found}`,
    'Unpack it (`tar -xf FILE`, `unzip FILE`) and import the file, or the folder of Clonezilla or FOG, that you mean.',
  )
}

async function headOf(content: Pieces): Promise<Buffer> {
  const reader = new ByteReader(content)
  const head = await reader.read(HEAD_BYTES)
  await reader.end()
  return head
}

async function textOf(member: Member): Promise<string> {
  if (member.sizeBytes > MOST_TEXT_BYTES) throw ovaInvalid(`${member.name} has ${member.sizeBytes} bytes`)
  const pieces: Buffer[] = []
  for await (const piece of member.content()) pieces.push(piece)
  return Buffer.concat(pieces).toString('utf8')
}
