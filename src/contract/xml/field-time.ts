// The times of the older XML: 20021016:18:01:00, year, month, day, then the time of day; in UTC. Pure.

export function formatFieldTime(instant: string): string {
  const [date = '', time = ''] = new Date(instant).toISOString().split('T')
  return `${date.replaceAll('-', '')}:${time.slice(0, 8)}`
}

/** undefined: it is no such time. */
export function parseFieldTime(text: string): string | undefined {
  const match = /^(\d{4})(\d\d)(\d\d):(\d\d):(\d\d):(\d\d)$/.exec(text)
  if (match === null) return undefined
  const [, year, month, day, hour, minute, second] = match
  const instant = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}.000Z`)
  // 30 February is read as 2 March, and is not written as it was.
  return Number.isNaN(instant.getTime()) || formatFieldTime(instant.toISOString()) !== text ? undefined : instant.toISOString()
}
