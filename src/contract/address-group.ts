// Which addresses are one household, for every limit by address. Pure.

/** Who is counted together: one household of IPv6 has a /64. */
export function limitGroupOf(remoteAddress: string): string {
  const mapped = /^::ffff:([\d.]+)$/i.exec(remoteAddress)?.[1]
  if (mapped !== undefined || !remoteAddress.includes(':')) return mapped ?? remoteAddress
  const [head = '', tail] = remoteAddress.split('%')[0]!.split('::')
  const groups = head === '' ? [] : head.split(':')
  const missing = tail === undefined ? 0 : 8 - groups.length - (tail === '' ? 0 : tail.split(':').length)
  const all = [...groups, ...Array<string>(missing).fill('0'), ...(tail ? tail.split(':') : [])]
  return `${all.slice(0, 4).join(':')}::/64`
}
