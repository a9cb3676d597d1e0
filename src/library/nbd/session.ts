// One connection of NBD: negotiation, then reads until it ends. Read-only by construction.
//
//   greeting -> flags -> option … option -> GO or EXPORT_NAME that is allowed -> request, reply, request, reply …
//
// Whoever breaks the protocol is cut off without an answer; whoever asks for what it may not have is told so.
import { isTooManyOptions, type NbdLimits } from './limits.ts'
import type { Link } from './link.ts'
import {
  acknowledged,
  CLIENT_FLAGS_BYTES,
  COMMAND,
  decodeClientFlags,
  decodeInfoQuery,
  decodeOptionHeader,
  decodeRequest,
  ERROR,
  greeting,
  information,
  listed,
  MAX_OPTION_BYTES,
  MAX_PAYLOAD_BYTES,
  MAX_READ_BYTES,
  OPTION,
  OPTION_ERROR,
  OPTION_HEADER_BYTES,
  oldInformation,
  REQUEST_BYTES,
  type Request,
  refused,
  replyHeader,
} from './messages.ts'

/** A disk of a version, to be read from anywhere. */
export interface NbdExport {
  /** For the log: debian-13@4, disk 1. */
  readonly title: string
  readonly sizeBytes: number
  /** from < to ≤ sizeBytes. Throws when the store lacks something. */
  read(from: number, to: number): Promise<readonly Buffer[]>
}

/** What one peer may see. */
export interface NbdExports {
  /** Names that it may know of; undefined: it may not ask. */
  list(): readonly string[] | undefined
  /** undefined: there is none for this peer, for whatever reason. uses: the transmission begins, a name that is good once is used up. */
  find(name: string, uses: boolean): Promise<NbdExport | undefined>
}

export interface SessionDeps {
  readonly link: Link
  readonly exports: NbdExports
  readonly limits: NbdLimits
  /** Cuts the link when it has not been called again for so long. */
  expectWithin(seconds: number): void
  /** Told once, when the transmission begins. */
  onOpen(disk: NbdExport): void
  /** A read that the store could not answer. */
  onReadFailed(disk: NbdExport, error: unknown): void
}

/** Returns when the peer has ended it or was refused. Throws LinkClosed when it just went away. */
export async function runSession(deps: SessionDeps): Promise<void> {
  const { limits, expectWithin, onOpen } = deps
  // One limit for the whole negotiation: a byte now and then does not hold a place.
  expectWithin(limits.negotiationSeconds)
  const disk = await negotiate(deps)
  if (disk === undefined) return
  onOpen(disk)
  for (;;) {
    expectWithin(limits.idleSeconds)
    if (!(await answerNext(disk, deps))) return
  }
}

/** undefined: it ended here. */
async function negotiate({ link, exports }: SessionDeps): Promise<NbdExport | undefined> {
  await link.send(greeting())
  const flags = decodeClientFlags(await link.take(CLIENT_FLAGS_BYTES))
  if (flags === undefined) return undefined
  for (let options = 1; !isTooManyOptions(options); options++) {
    const header = decodeOptionHeader(await link.take(OPTION_HEADER_BYTES))
    if (header === undefined || header.sizeBytes > MAX_OPTION_BYTES) return undefined
    const { option } = header
    const data = await link.take(header.sizeBytes)
    switch (option) {
      case OPTION.exportName: {
        const disk = await exports.find(data.toString('utf8'), true)
        // This option knows no answer for a refusal but the end of the connection.
        if (disk !== undefined) await link.send(oldInformation(disk.sizeBytes, flags.wantsZeroes))
        return disk
      }
      case OPTION.abort:
        await link.send(acknowledged(option))
        return undefined
      case OPTION.list:
        await link.send(...answerList(data, exports))
        break
      case OPTION.info:
      case OPTION.go: {
        const query = decodeInfoQuery(data)
        const disk = query === undefined ? undefined : await exports.find(query.name, option === OPTION.go)
        if (query === undefined) await link.send(refused(option, OPTION_ERROR.invalid, 'the lengths contradict each other'))
        else if (disk === undefined) await link.send(refused(option, OPTION_ERROR.unknown, 'no such export for this address'))
        else await link.send(information(option, query, disk.sizeBytes))
        if (disk !== undefined && option === OPTION.go) return disk
        break
      }
      default:
        await link.send(refused(option, OPTION_ERROR.unsupported, 'this server does not know the option'))
    }
  }
  return undefined
}

function answerList(data: Buffer, exports: NbdExports): Buffer[] {
  if (data.length > 0) return [refused(OPTION.list, OPTION_ERROR.invalid, 'a list takes no data')]
  const names = exports.list()
  if (names === undefined) return [refused(OPTION.list, OPTION_ERROR.policy, 'names are not told; ask for an export by its name')]
  return [...names.map(listed), acknowledged(OPTION.list)]
}

/** false: the connection is over. */
async function answerNext(disk: NbdExport, { link, onReadFailed }: SessionDeps): Promise<boolean> {
  const request = decodeRequest(await link.take(REQUEST_BYTES))
  if (request === undefined) return false
  const { command, handle, length } = request
  switch (command) {
    case COMMAND.read: {
      if (!isInside(request, disk)) {
        await link.send(replyHeader(handle, ERROR.invalid))
        return true
      }
      const from = Number(request.offset)
      const pieces = await disk.read(from, from + length).catch((error: unknown) => {
        onReadFailed(disk, error)
        return undefined
      })
      if (pieces === undefined) await link.send(replyHeader(handle, ERROR.io))
      else await link.send(replyHeader(handle, 0), ...pieces)
      return true
    }
    case COMMAND.write:
      if (length > MAX_PAYLOAD_BYTES) return false
      await link.skip(length)
      await link.send(replyHeader(handle, ERROR.notPermitted))
      return true
    case COMMAND.disconnect:
      return false
    default:
      await link.send(replyHeader(handle, ERROR.invalid))
      return true
  }
}

const isInside = ({ offset, length }: Request, { sizeBytes }: NbdExport): boolean =>
  length > 0 && length <= MAX_READ_BYTES && offset + BigInt(length) <= BigInt(sizeBytes)
