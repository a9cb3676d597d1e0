// Figures and times as people read them. Pure.
const UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB']

/** 1536000 -> "1.5 MB". */
export function bytes(count: number): string {
  const power = count < 1 ? 0 : Math.min(Math.floor(Math.log10(count) / 3), UNITS.length - 1)
  const value = count / 1000 ** power
  return `${power === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${UNITS[power]}`
}

/** 3725 -> "1 h 2 min"; 65 -> "1 min 5 s". */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds))
  const [days, hours, minutes] = [Math.floor(whole / 86_400), Math.floor(whole / 3600) % 24, Math.floor(whole / 60) % 60]
  if (days > 0) return hours > 0 ? `${days} d ${hours} h` : `${days} d`
  if (hours > 0) return minutes > 0 ? `${hours} h ${minutes} min` : `${hours} h`
  if (minutes > 0) return whole % 60 > 0 && minutes < 10 ? `${minutes} min ${whole % 60} s` : `${minutes} min`
  return `${whole} s`
}

/** How long ago, from the two instants. */
export function ago(instant: string, now: number): string {
  const seconds = (now - Date.parse(instant)) / 1000
  return seconds < 10 ? 'just now' : `${duration(seconds < 3600 ? Math.floor(seconds) : Math.floor(seconds / 60) * 60)} ago`
}

/** In the time zone and the language of whoever looks. */
export function instant(text: string): string {
  return new Date(text).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' })
}

export function percent(value: number): string {
  return `${Math.floor(value)} %`
}
