// The OEM strings of the firmware (DMTF DSP0134 §7.12, type 11), out of the table as the kernel gives it. Pure.

const OEM_STRINGS = 11
const HEADER_BYTES = 4
const FEATURES = /^platen\.features=(.*)$/
const FEATURE = /^[a-z0-9][a-z0-9.+_-]{0,62}$/

/** Each structure: a head that says its type and length, then texts that end with a zero, then one zero more. */
export function oemStrings(table: Uint8Array): readonly string[] {
  const bytes = Buffer.from(table.buffer, table.byteOffset, table.byteLength)
  const found: string[] = []
  for (let at = 0; at + HEADER_BYTES <= bytes.length; ) {
    const [type, length] = [bytes[at]!, bytes[at + 1]!]
    if (length < HEADER_BYTES) break
    let end = at + length
    while (end + 1 < bytes.length && (bytes[end] !== 0 || bytes[end + 1] !== 0)) end++
    if (type === OEM_STRINGS) found.push(...bytes.toString('latin1', at + length, end).split('\0'))
    at = end + 2
  }
  return found.filter((text) => text !== '')
}

/** What whoever set up the firmware wants of this machine: platen.features=web-server,postgresql. */
export function featuresOf(strings: readonly string[]): readonly string[] {
  const named = strings.flatMap((text) => FEATURES.exec(text.trim())?.[1]?.split(',') ?? [])
  return [...new Set(named.map((name) => name.trim()))].filter((name) => FEATURE.test(name)).slice(0, 50)
}
