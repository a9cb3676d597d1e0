// Formats of disks and archives that people bring and that are not read here, each with what makes a readable one of it. Pure.

export interface ForeignFormat {
  readonly name: string
  /** A command, with FILE for the file. */
  readonly convert: string
}

interface Magic extends ForeignFormat {
  readonly offset: number
  readonly text: string
}

const qemu = (offset: number, text: string, name: string, format: string): Magic => ({
  offset,
  text,
  name,
  convert: `qemu-img convert -f ${format} -O raw FILE DISK.raw`,
})
const other = (offset: number, text: string, name: string, convert: string): Magic => ({ offset, text, name, convert })

const MAGICS: readonly Magic[] = [
  // QEMU's older ones; version 1 of its own has the magic of version 2.
  qemu(0, 'QED\0', 'a QED image', 'qed'),
  qemu(0, 'WithoutFreeSpace', 'a Parallels image', 'parallels'),
  qemu(0, 'WithouFreSpacExt', 'a Parallels image', 'parallels'),
  qemu(0, 'Bochs Virtual HD Image', 'a Bochs image', 'bochs'),
  other(0, 'MSWIM\0\0\0', 'a Windows image (WIM)', 'wimlib-imagex apply FILE 1 /dev/PARTITION'),
  other(0, 'WLPWM\0\0\0', 'a Windows image (pipable WIM)', 'wimlib-imagex apply FILE 1 /dev/PARTITION'),
  other(0, '\0ntfsclone-image', 'an image of ntfsclone', 'ntfsclone --restore-image --overwrite PARTITION.raw FILE'),
  other(0, 'PaRtImAgE-VoLuMe', 'an image of Partimage', 'partimage restore /dev/PARTITION FILE'),
  other(0, 'FsA_', 'an archive of FSArchiver', 'fsarchiver restfs FILE id=0,dest=/dev/PARTITION'),
  other(0, '7z\xbc\xaf\x27\x1c', 'a 7-Zip archive', '7z x FILE'),
  other(0, 'Rar!\x1a\x07', 'a RAR archive', 'unrar x FILE'),
  other(0, 'PK\x05\x06', 'an empty ZIP archive', 'unzip -l FILE'),
  other(0, '\x3a\xff\x26\xed', 'a sparse image of Android', 'simg2img FILE DISK.raw'),
  other(0, 'EVF\x09\x0d\x0a\xff\x00', 'an image of EnCase (E01)', 'ewfexport -t DISK -f raw FILE'),
  other(0, 'EVF2\x0d\x0a\x81\x00', 'an image of EnCase (Ex01)', 'ewfexport -t DISK -f raw FILE'),
  other(0, 'AFF10\x0d\x0a\x00', 'an AFF image', 'affconvert -r FILE'),
  other(0, '\xfe\xef\x01', 'an image of Norton Ghost', 'ghost32 -clone,mode=restore,src=FILE,dst=DISK.vmdk'),
  other(0, '\xce\x24\xb9\xa2', 'a backup of Acronis', 'restore it with Acronis onto a virtual disk, and import that'),
  other(0, 'UBI#', 'an image of a flash chip (UBI)', 'ubireader_extract_images FILE'),
  other(0, '!<arch>\n', 'a Debian package or library', 'ar x FILE'),
  other(0, '\x7fELF', 'a program', 'file FILE'),
  other(0, 'MSCF', 'a cabinet of Windows', 'cabextract FILE'),
  other(0, 'MZ', 'a program for Windows', 'file FILE'),
  other(0, '<!DOCTYPE', 'a web page, mostly an error that was saved', 'curl -fLO URL'),
  other(0, '<html', 'a web page, mostly an error that was saved', 'curl -fLO URL'),
]

/** A disk image of macOS has its mark at the end. */
const DMG: ForeignFormat = { name: 'a disk image of macOS (DMG)', convert: 'qemu-img convert -f dmg -O raw FILE DISK.raw' }

export function foreignFormat(head: Buffer, tail: Buffer): ForeignFormat | undefined {
  const found = MAGICS.find(({ offset, text }) => head.toString('latin1', offset, offset + text.length) === text)
  if (found !== undefined) return { name: found.name, convert: found.convert }
  return tail.toString('latin1', tail.length - 512, tail.length - 508) === 'koly' ? DMG : undefined
}
