// The Range header of a request (RFC 9110 §14): which bytes of a file somebody wants. Pure.

export type ByteRange =
  | { readonly kind: 'all' }
  /** to is the first byte behind it. */
  | { readonly kind: 'part'; readonly from: number; readonly to: number }
  /** Nothing of the file lies in it. */
  | { readonly kind: 'unsatisfiable' }

const RANGE = /^bytes=(\d*)-(\d*)$/

/** What cannot be read, and several ranges at once, may be answered with the whole (RFC 9110 §14.2). */
export function parseRange(header: string | undefined, sizeBytes: number): ByteRange {
  const [, first = '', last = ''] = RANGE.exec(header?.replaceAll(' ', '') ?? '') ?? []
  if (first === '' && last === '') return { kind: 'all' }
  if (first === '') return suffix(Number(last), sizeBytes)
  const from = Number(first)
  const to = last === '' ? sizeBytes : Math.min(Number(last) + 1, sizeBytes)
  if (last !== '' && Number(last) < from) return { kind: 'all' }
  return from < sizeBytes ? { kind: 'part', from, to } : { kind: 'unsatisfiable' }
}

function suffix(length: number, sizeBytes: number): ByteRange {
  if (length === 0) return { kind: 'unsatisfiable' }
  return { kind: 'part', from: Math.max(0, sizeBytes - length), to: sizeBytes }
}
