// Disks of kinds that people bring. $d is the disk (72 MiB), $f its file, $t a folder to work in.
import type { CaptureStep } from '../../src/contract/steps.ts'

export interface OddDisk {
  readonly name: string
  readonly make: string
  readonly sectorBytes?: number
}

interface BroughtDisk extends OddDisk {
  readonly code: string
  readonly says: RegExp
  /** How it is taken all the same; left out: not at all. */
  readonly take?: Partial<CaptureStep>
}

interface OddTable extends OddDisk {
  /** What the log has of it. */
  readonly says: readonly RegExp[]
  /** Shell; says the same of source and copy, where $d is the disk. */
  readonly look: string
  /** Partitions that are the same, byte for byte. */
  readonly same: readonly number[]
}

export const ODD_DISK_BYTES = 72 * 1024 * 1024

const layOut = (script: string, more = '') =>
  `printf '${script}\\n' | sfdisk --quiet --no-reread --no-tell-kernel ${more} $d; sync; partx --update --nr 1:256 $d || true`
/** One partition of 64 MiB. */
const PART = layOut('label: gpt\\nsize=64M, type=L')
const inPart = (make: string) => `${PART}; p=''$d''p1; ${make}`

/** Bytes in hex, from a byte of the file on (from its end: negative). */
const put = (at: number, hex: string, path = '$d') =>
  `printf '${hex.replace(/../g, (byte) => `\\${Number.parseInt(byte, 16).toString(8).padStart(3, '0')}`)}' | dd of=${path} bs=1 seek=${at < 0 ? ODD_DISK_BYTES + at : at} conv=notrunc,fsync status=none`
const putText = (at: number, text: string, path = '$d') => put(at, Buffer.from(text, 'latin1').toString('hex'), path)
const noise = (path: string, bytes: number) =>
  `head -c ${bytes} /dev/urandom | dd of=${path} bs=1M iflag=fullblock conv=notrunc,fsync status=none`

const RAW = { as: 'raw' } as const
const UNKNOWN = { includeUnknown: true } as const

/** A filesystem that others know, in a partition. */
const filesystem = (name: string, make: string, says: RegExp): BroughtDisk => ({
  name,
  make: inPart(make),
  code: 'IMAGE_CONTENT_UNKNOWN',
  says,
  take: UNKNOWN,
})

/** A disk with a table that is a member of what its controller's firmware keeps at its end. */
const firmware = (name: string, metadata: string, code: string, says: RegExp): BroughtDisk => ({
  name: `a member of a RAID of ${name}, with a table in front`,
  make: `${layOut('label: dos\\nsize=50M')}; mkfs.ext4 -q -F ''$d''p1; ${metadata}`,
  code,
  says,
  take: RAW,
})

const jmicron = `python3 - $d <<'END'
import struct, sys
block = bytearray(512); block[:2] = b'JM'; struct.pack_into('<H', block, 2, 1)
struct.pack_into('<H', block, 4, -sum(struct.unpack('<64H', bytes(block[:128]))) & 0xffff)
with open(sys.argv[1], 'r+b') as disk: disk.seek(-512, 2); disk.write(block)
END
`
const via = `python3 - $d <<'END'
import sys
block = bytearray(512); block[:2] = b'\\x55\\xaa'; block[50] = sum(block[:50]) & 0xff
with open(sys.argv[1], 'r+b') as disk: disk.seek(-512, 2); disk.write(block)
END
`
/** A label that divides the disk in 'a', from its first sector on (sys/disklabel.h). */
const bsdLabel = (path: string) => `python3 - ${path} <<'END'
import struct, sys
label = bytearray(512)
struct.pack_into('<I', label, 0, 0x82564557); struct.pack_into('<I', label, 132, 0x82564557)
struct.pack_into('<HII', label, 138, 8, 8192, 8192)
struct.pack_into('<IIIBBH', label, 148, 200000, 0, 2048, 7, 8, 1)
words = struct.unpack('<256H', bytes(label)); check = 0
for word in words[:(148 + 16 * 8) // 2]: check ^= word
struct.pack_into('<H', label, 136, check)
with open(sys.argv[1], 'r+b') as disk: disk.seek(512); disk.write(label)
END
`
const iso = (
  more: string,
) => `rm -rf iso; mkdir -p iso/isolinux iso/boot; cp /usr/lib/ISOLINUX/isolinux.bin iso/isolinux/; echo hello > iso/hello
  truncate -s 3M iso/boot/efi.img; mkfs.vfat iso/boot/efi.img > /dev/null
  xorriso -as mkisofs -quiet -o stick.iso -isohybrid-mbr /usr/lib/ISOLINUX/isohdpfx.bin -c isolinux/boot.cat -b isolinux/isolinux.bin -no-emul-boot -boot-load-size 4 -boot-info-table ${more} iso 2>&1
  dd if=stick.iso of=$d bs=1M conv=notrunc,fsync status=none`

export const BROUGHT: readonly BroughtDisk[] = [
  filesystem('JFS', 'mkfs.jfs -q $p > /dev/null', /JFS/),
  filesystem('ReiserFS', `${noise('$p', 1024 * 1024)}; ${putText(65_588, 'ReIsEr2Fs', '$p')}`, /ReiserFS/),
  filesystem('NILFS2', 'mkfs.nilfs2 -q -f -b 1024 -B 1024 $p > /dev/null 2>&1', /nilfs2/),
  filesystem('UDF', 'mkudffs --media-type=hd $p > /dev/null', /udf/),
  filesystem(
    'APFS',
    'rm -f apfs; truncate -s 128M apfs; mkapfs apfs > /dev/null; dd if=apfs of=$p bs=1M count=60 conv=notrunc,fsync status=none',
    /APFS/,
  ),
  filesystem('HFS', 'hformat -f -l old $p > /dev/null', /hfs/),
  filesystem('HFS+', `${noise('$p', 4096)}; ${putText(1024, 'H+\x00\x04', '$p')}`, /HFS\+/),
  filesystem(
    'UFS',
    'rm -rf ufs; mkdir ufs; seq 1000 > ufs/numbers; makefs -t ffs -o version=2 -s 50m out.ufs ufs > /dev/null; dd if=out.ufs of=$p bs=1M conv=notrunc,fsync status=none',
    /UFS/,
  ),
  filesystem('GFS2', 'mkfs.gfs2 -O -q -p lock_nolock -j 1 -J 8 $p > /dev/null', /GFS2/),
  filesystem('OCFS2', 'mkfs.ocfs2 -q -F -M local -N 1 --fs-features=local $p < /dev/null > /dev/null 2>&1', /OCFS2/),
  filesystem('ReFS', `${noise('$p', 4096)}; ${putText(3, 'ReFS\x00\x00\x00\x00', '$p')}`, /ReFS/),
  filesystem('bcachefs', `${noise('$p', 4096)}; ${put(4120, 'c68573f666ce90a9d96a60cf803df7ef', '$p')}`, /bcachefs/),
  filesystem('dm-integrity', `${putText(0, 'integrt\x00\x01', '$p')}`, /integrity/i),
  filesystem('VDO', `${putText(0, 'dmvdo001', '$p')}`, /VDO/i),
  filesystem(
    'noise: VeraCrypt, plain dm-crypt, LUKS whose header is elsewhere',
    noise('$p', 64 * 1024 * 1024),
    /something that is not known here/,
  ),
  filesystem(
    'a disk with a table of its own, as of a virtual machine',
    `truncate -s 60M vm; printf 'label: dos\\nsize=50M\\n' | sfdisk --quiet vm; dd if=vm of=$p bs=1M conv=notrunc,fsync status=none`,
    /holds/,
  ),
  {
    name: 'LUKS 2',
    make: inPart(
      'printf secret > key; cryptsetup luksFormat --type luks2 --pbkdf pbkdf2 --pbkdf-force-iterations 1000 -q $p key',
    ),
    code: 'IMAGE_CONTENT_ENCRYPTED',
    says: /LUKS 2/,
    take: UNKNOWN,
  },
  {
    name: 'BitLocker of a removable disk',
    make: inPart(
      `mkfs.vfat -F 32 $p > /dev/null; ${putText(3, 'MSWIN4.1', '$p')}; ${put(424, '3bd66749292ed84a8399f6a339e3d001', '$p')}`,
    ),
    code: 'IMAGE_CONTENT_LOCKED',
    says: /BitLocker/,
  },
  // Tables of other machines.
  {
    name: 'an Apple partition map',
    make: `python3 - $d <<'END'
import struct, sys
with open(sys.argv[1], 'r+b') as disk:
  disk.write(struct.pack('>2sHI', b'ER', 512, 147456))
  for index, (start, count, kind) in enumerate([(1, 63, b'Apple_partition_map'), (2048, 122880, b'Apple_HFS')]):
    disk.seek(512 * (1 + index)); disk.write(struct.pack('>2sHIII32s32s', b'PM', 0, 2, start, count, b'one', kind))
END
truncate -s 60M hfs; hformat -f -l old hfs > /dev/null; dd if=hfs of=$d bs=1M seek=1 conv=notrunc,fsync status=none`,
    code: 'IMAGE_READING_DISPUTED',
    says: /mac/,
    take: RAW,
  },
  {
    name: 'a BSD disklabel without any other table',
    make: `${noise('$d', 512)}; ${bsdLabel('$d')}`,
    code: 'IMAGE_CONTENT_UNKNOWN',
    says: /BSD disklabel/,
    take: RAW,
  },
  {
    name: 'a BSD disklabel in a partition',
    make: `${layOut('label: dos\\nsize=64M, type=a5')}; p=''$d''p1; rm -rf ufs; mkdir ufs; seq 1000 > ufs/numbers; makefs -t ffs -o version=2 -s 50m out.ufs ufs > /dev/null
      dd if=out.ufs of=$p bs=1M conv=notrunc,fsync status=none; ${bsdLabel('$p')}`,
    code: 'IMAGE_CONTENT_UNKNOWN',
    says: /UFS and also a BSD disklabel/,
    take: UNKNOWN,
  },
  {
    name: 'a Sun label',
    make: `printf 'label: sun\\nsize=50M\\n' | sfdisk --quiet --no-reread --no-tell-kernel $d`,
    code: 'IMAGE_READING_DISPUTED',
    says: /sun/,
    take: RAW,
  },
  {
    name: 'an SGI label',
    make: `printf 'label: sgi\\nsize=50M\\n' | sfdisk --quiet --no-reread --no-tell-kernel $d`,
    code: 'IMAGE_READING_DISPUTED',
    says: /sgi/,
    take: RAW,
  },
  { name: 'an ISO on a stick, with an MBR', make: iso(''), code: 'IMAGE_CONTENT_UNKNOWN', says: /ISO 9660/, take: RAW },
  {
    name: 'an ISO on a stick, with GPT, MBR and an Apple map',
    make: iso('-eltorito-alt-boot -e boot/efi.img -no-emul-boot -isohybrid-gpt-basdat -isohybrid-apm-hfsplus'),
    code: 'IMAGE_READINGS_DISAGREE',
    says: /Apple partition map/,
    take: RAW,
  },
  {
    name: 'an ISO on a stick that is also the first partition of a table',
    make: iso('-partition_offset 16 -eltorito-alt-boot -e boot/efi.img -no-emul-boot -append_partition 2 0xef iso/boot/efi.img'),
    code: 'IMAGE_READING_DISPUTED',
    says: /iso9660 on the disk itself/,
    take: RAW,
  },
  // RAID of firmware and controllers.
  firmware('Intel (IMSM)', putText(-1024, 'Intel Raid ISM Cfg Sig. 1.3.00'), 'IMAGE_READINGS_DISAGREE', /Intel RAID/),
  firmware('the DDF standard', put(-512, 'de11de11'), 'IMAGE_READINGS_DISAGREE', /DDF/),
  firmware('Promise', putText(-63 * 512, 'Promise Technology, Inc.'), 'IMAGE_READINGS_DISAGREE', /Promise/),
  firmware('Adaptec', `${put(-512, '37fc4d1e')}; ${putText(-256, 'DPTM')}`, 'IMAGE_READINGS_DISAGREE', /Adaptec/),
  firmware('NVIDIA', putText(-1024, 'NVIDIA'), 'IMAGE_READINGS_DISAGREE', /NVIDIA/),
  firmware('LSI', putText(-512, '$XIDE$'), 'IMAGE_READINGS_DISAGREE', /LSI/),
  firmware('HighPoint', put(9 * 512 + 32, 'f016785a'), 'IMAGE_READINGS_DISAGREE', /HighPoint/),
  firmware('Silicon Image', put(-512 + 0x60, '0000002f'), 'IMAGE_READINGS_DISAGREE', /Silicon Image/),
  firmware('JMicron', jmicron, 'IMAGE_READING_DISPUTED', /jmicron/),
  firmware('VIA', via, 'IMAGE_READING_DISPUTED', /via_raid/),
  // Tables that cannot be true.
  {
    name: 'a GPT with entries of 256 bytes',
    make: `${layOut('label: gpt\\nsize=50M')}; python3 - $d <<'END'
import struct, sys, zlib
with open(sys.argv[1], 'r+b') as disk:
  disk.seek(1024); entry = disk.read(128); entries = (entry + bytes(128)) + bytes(256 * 63)
  disk.seek(1024); disk.write(entries)
  for at in (512, 72 * 1024 * 1024 - 512):
    disk.seek(at); header = bytearray(disk.read(512))
    struct.pack_into('<II', header, 80, 64, 256); struct.pack_into('<I', header, 88, zlib.crc32(entries))
    struct.pack_into('<I', header, 16, 0); struct.pack_into('<I', header, 16, zlib.crc32(bytes(header[:92])))
    disk.seek(at); disk.write(header)
  disk.seek(72 * 1024 * 1024 - 33 * 512); disk.write(entries)
END
`,
    code: 'IMAGE_TABLE_INVALID',
    says: /64 entries of 256 bytes/,
    take: RAW,
  },
  {
    name: 'logical partitions whose records run in a circle',
    make: `${layOut('label: dos\\nstart=2048, size=60M, type=5\\nstart=4096, size=20M\\nstart=61440, size=20M')}; partx --delete $d || true
      python3 - $d <<'END'
import struct, sys
with open(sys.argv[1], 'r+b') as disk:
  disk.seek(2048 * 512 + 462); link = disk.read(16); second = 2048 + struct.unpack('<I', link[8:12])[0]
  disk.seek(second * 512 + 462); disk.write(link)
END
`,
    code: 'IMAGE_TABLE_INVALID',
    says: /would stand at byte/,
    take: RAW,
  },
  {
    name: 'a record with two logical partitions',
    make: `${layOut('label: dos\\nstart=2048, size=60M, type=5\\nstart=4096, size=20M')}; partx --delete $d || true
      dd if=$d of=one bs=1 skip=$((2048 * 512 + 446)) count=16 status=none; dd if=one of=$d bs=1 seek=$((2048 * 512 + 478)) conv=notrunc,fsync status=none`,
    code: 'IMAGE_TABLE_UNSUPPORTED',
    says: /holds 2 partitions/,
    take: RAW,
  },
  {
    name: 'a disk of which the last partition begins where nothing is any more',
    make: `${layOut('label: dos\\nsize=30M\\nsize=30M')}; partx --delete $d || true; ${put(446 + 16 + 8, '00000020')}`,
    code: 'IMAGE_DISK_CUT_OFF',
    says: /partition 2 ends at byte/,
    take: RAW,
  },
  {
    name: 'partitions that lie over each other',
    make: `${layOut('label: dos\\nstart=2048, size=60M\\nstart=126976, size=8M')}; mkfs.ext4 -q -F ''$d''p1 30M; partx --delete $d || true; ${put(446 + 16 + 8, '00400100')}`,
    code: 'IMAGE_TABLE_UNSUPPORTED',
    says: /partitions 1 and 2 lie over each other/,
    take: RAW,
  },
  {
    name: 'sectors of 2048 bytes',
    sectorBytes: 2048,
    make: layOut('label: dos\\nsize=50M'),
    code: 'IMAGE_TABLE_UNSUPPORTED',
    says: /sectors of 2048 bytes/,
  },
]

const DUMP = 'sfdisk --dump $d | grep -v ^device | sed s,^$d,part,'

export const TABLES: readonly OddTable[] = [
  {
    name: 'a GPT with 256 entries',
    make: `sgdisk --resize-table=256 -n 200:0:+20M $d > /dev/null; partx --update --nr 1:256 $d; mkfs.ext4 -q -F ''$d''p200; ${noise(`''$d''p200`, 1024)}`,
    says: [/partition 200: ext/],
    look: `${DUMP}; sgdisk --verify $d`,
    same: [],
  },
  {
    name: 'a GPT with 4 entries',
    make: `sgdisk --resize-table=4 -n 1:2048:+20M $d > /dev/null; partx --update --nr 1:256 $d; mkfs.ext4 -q -F ''$d''p1`,
    says: [/partition 1: ext/],
    look: DUMP,
    same: [],
  },
  {
    name: 'a disk that became larger behind its GPT',
    make: `truncate -s 50M small; printf 'label: gpt\\nsize=30M\\n' | sfdisk --quiet small; dd if=small of=$d bs=1M conv=notrunc,fsync status=none; partx --update --nr 1:256 $d; mkfs.ext4 -q -F ''$d''p1`,
    says: [/partition 1: ext/],
    // The copy has its backup where it belongs.
    look: 'sfdisk --dump $d | grep -v -e ^device -e ^last-lba | sed s,^$d,part,',
    same: [],
  },
  {
    name: 'an MBR with entries of no length, and one of no type',
    make: `${layOut('label: dos\\nsize=20M\\nsize=20M\\nsize=20M')}; mkfs.ext4 -q -F ''$d''p1; mkfs.ext4 -q -F ''$d''p3; partx --delete $d || true
      ${put(446 + 16 + 12, '00000000')}; ${put(446 + 32 + 4, '00')}`,
    says: [/partition 1: ext/],
    look: `dd if=$d bs=512 count=1 status=none | sha256sum; dd if=$d bs=1M skip=41 count=20 status=none | sha256sum`,
    same: [],
  },
  {
    name: 'records that name the next one before their partition',
    make: `${layOut('label: dos\\nstart=2048, size=60M, type=5\\nstart=4096, size=20M\\nstart=61440, size=20M')}; mkfs.ext4 -q -F ''$d''p5; mkfs.ext4 -q -F ''$d''p6
      partx --delete $d || true; python3 - $d <<'END'
import sys
with open(sys.argv[1], 'r+b') as disk:
  disk.seek(2048 * 512 + 446); own, link = disk.read(16), disk.read(16)
  disk.seek(2048 * 512 + 446); disk.write(link + own)
END
`,
    says: [/partition 5: ext/, /partition 6: ext/],
    look: `dd if=$d bs=512 skip=2048 count=1 status=none | sha256sum; blkid -p -s UUID -o value --offset $((4096 * 512)) $d; blkid -p -s UUID -o value --offset $((61440 * 512)) $d`,
    same: [],
  },
  {
    name: 'a filesystem in the partition that Microsoft reserves',
    make: `${layOut('label: gpt\\nsize=20M, type=E3C9E316-0B5C-4DB8-817D-F92DF00215AE\\nsize=20M')}; mkfs.ext4 -q -F ''$d''p1; mkfs.ext4 -q -F ''$d''p2`,
    says: [/partition 1: raw/],
    look: DUMP,
    same: [1],
  },
  {
    name: 'something behind the end of a swap area',
    make: inPart(
      `mkswap -q $p $((30 * 1024)) 2>/dev/null; head -c 3000000 /dev/urandom | dd of=$p bs=1M seek=40 conv=notrunc,fsync status=none`,
    ),
    says: [/partition 1: raw/, /smaller than its partition/],
    look: DUMP,
    same: [1],
  },
  {
    name: 'something behind the end of a filesystem',
    make: inPart('mkfs.ext4 -q -F $p 30M; head -c 3000000 /dev/urandom | dd of=$p bs=1M seek=40 conv=notrunc,fsync status=none'),
    says: [/partition 1: ext/],
    look: `e2fsck -fn ''$d''p1 > /dev/null 2>&1; dd if=''$d''p1 bs=1M skip=40 count=3 status=none | sha256sum`,
    same: [],
  },
]
