// Names with a tail that is no part of them. Pure.
// A ROM that reads DHCP option 67 up to the first NUL, which nobody promised it, asks for the name with the next options behind it:
// "pxelinux.0\xff" is the commonest of all, "undionly.kpxeB\x0910.77.0.1\xff" another. Others fill up with blanks or line ends.

/** Codes of options are letters, too: what our names end with tells where one ends. */
const ENDING = /^.*?\.(?:efi|k{0,2}pxe|ipxe|grub|cfg|img|0)/i
const NO_NAME_HAS = /[^\x20-\x7e]/

/** What a name may have meant, the likeliest first: always the name itself, and shorter ones only where it has a tail. */
export function namesMeant(asked: string): readonly string[] {
  const at = asked.search(NO_NAME_HAS)
  const readable = (at === -1 ? asked : asked.slice(0, at)).trim()
  if (readable === asked) return [asked]
  return [...new Set([asked, readable, ENDING.exec(readable)?.[0] ?? readable])].filter((name) => name !== '')
}

/** For people and logs: bytes that are no letters are told as such. */
export function printable(name: string): string {
  return name.replaceAll(/[^\x20-\x7e]/g, (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`)
}
