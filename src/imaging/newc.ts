// Members of a cpio archive in the form "newc", which every Linux kernel unpacks into its first root filesystem. Pure: values in, bytes out.
import { Buffer } from 'node:buffer'

export interface NewcMember {
  /** Without a slash in front. Bytes: names on Linux need not be text. */
  readonly path: Buffer
  /** With the bits of its type. */
  readonly mode: number
  readonly uid: number
  readonly gid: number
  readonly modifiedAt: number
  readonly links: number
  /** Members with one inode and more than one link are one file. */
  readonly inode: number
  readonly sizeBytes: number
  readonly device: { readonly major: number; readonly minor: number }
}

/** The fields have 32 bits. */
export const NEWC_MAX_BYTES = 0xffff_ffff

const TRAILER: NewcMember = {
  path: Buffer.from('TRAILER!!!'),
  mode: 0,
  uid: 0,
  gid: 0,
  modifiedAt: 0,
  links: 1,
  inode: 0,
  sizeBytes: 0,
  device: { major: 0, minor: 0 },
}

/** In front of its content. */
export function newcHeader(member: NewcMember): Buffer {
  const { path, mode, uid, gid, links, inode, sizeBytes, device } = member
  // Times before 1970 and behind 2106 have no place.
  const modifiedAt = Math.min(NEWC_MAX_BYTES, Math.max(0, Math.floor(member.modifiedAt)))
  const fields = [inode, mode, uid, gid, links, modifiedAt, sizeBytes, 0, 0, device.major, device.minor, path.length + 1, 0]
  const text = `070701${fields.map((field) => field.toString(16).padStart(8, '0')).join('')}`
  return Buffer.concat([Buffer.from(text), path, Buffer.alloc(1 + newcPadding(text.length + path.length + 1))])
}

/** The end of the archive. */
export const newcTrailer = (): Buffer => newcHeader(TRAILER)

/** How many zeros follow so many bytes. */
export const newcPadding = (sizeBytes: number): number => (4 - (sizeBytes % 4)) % 4
