// The proof matrix: filesystem × how it was made × what it went through. Each case is a partition that is captured by its map, written onto
// a disk full of a pattern, checked by the filesystem's own full check, and compared file by file.

export interface FilesystemCase {
  readonly name: string
  /** As src/imaging/filesystems/facts.ts calls it. */
  readonly variant: string
  readonly content: string
  readonly sizeMiB: number
  /** Shell; $p is the partition. */
  readonly make: string
  /** Shell, with it mounted at $m; left out: `age` fills it by tools. */
  readonly mount?: string
  /** Fills and ages it: $m where it is mounted, $p the partition, $d a folder of its own. */
  readonly age: string
  /** Shell, when it is unmounted again: resized, say. */
  readonly afterwards?: string
  /** The full check. */
  readonly check: string
  /** The command that mounts it to be compared; by tools where it has none: `list`. */
  readonly look?: string | undefined
  readonly list?: string
  /** Takes part in `npm test`. */
  readonly short?: boolean
  /** No map of it is proven: it is taken whole. */
  readonly whole?: boolean
}

/** Many small files, every third removed, others in the holes, one large with holes, one with room that was only reserved, links, attributes. */
const AGE = `
  mkdir -p $m/a/b; for i in $(seq 700); do head -c $((i * 37 % 9001)) /dev/urandom > $m/a/f$i; done; sync -f $m
  head -c 3000000 /dev/urandom > $m/large; rm $m/a/f*3 $m/a/f*7; sync -f $m
  for i in $(seq 250); do head -c $((i * 131 % 20011)) /dev/urandom > $m/a/b/g$i; done; sync -f $m; rm $m/a/b/g*5
  head -c 1500000 /dev/urandom > $m/second; rm $m/large; head -c 2500000 /dev/urandom > $m/third; sync -f $m`
const POSIX = `
  truncate -s 9M $m/holes; head -c 70000 /dev/urandom | dd of=$m/holes bs=1000 seek=4000 conv=notrunc status=none
  fallocate -l 700K $m/reserved 2>/dev/null || true; printf x >> $m/reserved
  ln $m/second $m/hard; ln -s second $m/soft; mkfifo $m/fifo; mknod $m/null c 1 3; chmod 4711 $m/third; chown 12:34 $m/third
  setfattr -n user.small -v kept $m/second || true; setfattr -n user.large -v $(head -c 900 /dev/zero | tr '\\0' y) $m/third || true; sync -f $m`
const DEEP = `
  for d in $(seq 40); do mkdir -p $m/deep/$d; (cd $m/deep/$d; seq $((d * 2)) | sed s/^/long-name-of-a-file-/ | xargs touch); done; sync -f $m`
const AGAIN = `
  rm -r $m/a/b; for i in $(seq 90); do head -c $((i * 1009 % 60000)) /dev/urandom > $m/h$i; done; sync -f $m; rm $m/h*1; sync -f $m`

const ext = (name: string, variant: string, options: string, more: Partial<FilesystemCase> = {}): FilesystemCase => ({
  name,
  variant,
  content: 'ext',
  sizeMiB: 48,
  make: `mkfs.${variant} -q -F ${options} $p`,
  mount: 'mount',
  age: AGE + POSIX,
  check: 'e2fsck -fn $p',
  look: 'mount -o ro',
  ...more,
})

const EXT: readonly FilesystemCase[] = [
  ext('ext4 as it is made', 'ext4', '', { short: true, age: AGE + POSIX + DEEP + AGAIN }),
  ext('ext4 with 1 KiB blocks, meta_bg and no flex_bg', 'ext4', '-b 1024 -O meta_bg,^resize_inode,^flex_bg', { short: true }),
  ext('ext4 of today: orphan_file, metadata_csum_seed', 'ext4', '-O metadata_csum_seed,orphan_file'),
  ext('ext4 with small groups, many never touched', 'ext4', '-b 1024 -g 1024', { sizeMiB: 40 }),
  ext('ext4 with small groups in flex groups of four', 'ext4', '-b 1024 -g 2048 -G 4', { sizeMiB: 40, age: AGE }),
  // Of these this kernel mounts the result, read-only, but would not write to it.
  ext('ext4 with quota, project and verity, filled by mke2fs', 'ext4', '', {
    make: `m=$d/files; mkdir -p $m; ${AGE}${DEEP}; mkfs.ext4 -q -F -O quota,project,verity -E quotatype=usrquota:grpquota -d $m $p`,
    mount: '',
    age: 'debugfs -w -R "rm large" $p 2>&1; e2fsck -fy $p > /dev/null || true',
  }),
  ext('ext4 whose directories take large letters for small ones, filled by mke2fs', 'ext4', '', {
    make: `m=$d/files; mkdir -p $m; ${AGE}${DEEP}; mkfs.ext4 -q -F -O casefold -E encoding=utf8 -d $m $p`,
    mount: '',
    age: 'debugfs -w -R "rm large" $p 2>&1; e2fsck -fy $p > /dev/null || true',
    look: undefined,
    list: 'rm -rf $d/back; mkdir $d/back; debugfs -R "rdump / $d/back" $p 2>/dev/null; cd $d/back; find . -type f -exec sha256sum {} + | sort -k2',
  }),
  ext('ext4 without journal and checksums', 'ext4', '-O ^has_journal,^metadata_csum'),
  ext('ext4 of 2008: 32 bit, uninit_bg, 128-byte inodes', 'ext4', '-I 128 -O ^64bit,^metadata_csum,uninit_bg'),
  ext('ext4 with sparse_super2 and 1 KiB blocks', 'ext4', '-b 1024 -O sparse_super2,^resize_inode'),
  ext('ext4 without sparse_super', 'ext4', '-b 1024 -O ^sparse_super,^resize_inode'),
  ext('ext4 with inline data, large directories, ea_inode, mmp', 'ext4', '-I 512 -O inline_data,large_dir,ea_inode,mmp', {
    age: AGE + DEEP,
  }),
  ext('ext4 with encryption', 'ext4', '-O encrypt', { age: AGE }),
  ext(
    'ext4 with 64 KiB directories of hashed names, nothing lazy',
    'ext4',
    '-E lazy_itable_init=0,lazy_journal_init=0 -N 20000',
    { age: AGE + DEEP },
  ),
  ext('ext4 that was made larger', 'ext4', '$p 20M #', {
    make: 'mkfs.ext4 -q -F $p 20M',
    afterwards: 'e2fsck -fp $p; resize2fs $p 2>&1',
    short: true,
  }),
  ext('ext4 that was made smaller than its partition', 'ext4', '', { afterwards: 'e2fsck -fp $p; resize2fs $p 30M 2>&1' }),
  ext('ext4 that was defragmented', 'ext4', '', { age: `${AGE}; e4defrag $m > /dev/null; ${AGAIN}` }),
  ext('ext4 that was turned to 64 bit and checksums', 'ext4', '', {
    make: 'mkfs.ext4 -q -F -O ^64bit,^metadata_csum,uninit_bg $p',
    afterwards: 'e2fsck -fp $p; resize2fs -b $p 2>&1; tune2fs -O metadata_csum $p; e2fsck -fp $p',
  }),
  ext('ext4 that is full', 'ext4', '-m 0', {
    age: `${AGE}; cat /dev/urandom | head -c 60000000 > $m/full 2>/dev/null || true; sync -f $m`,
  }),
  ext('ext4 with nothing in it', 'ext4', '', { age: 'true' }),
  ext('ext3', 'ext3', '-b 1024'),
  ext('ext3 with a large journal and 4 KiB blocks', 'ext3', '-b 4096 -J size=8'),
  ext('ext2', 'ext2', '-b 2048', { short: true }),
  ext('ext2 of revision 0', 'ext2', '-r 0 -b 1024 -O none', { make: 'mke2fs -q -F -t ext2 -r 0 -b 1024 $p', age: AGE }),
]

const xfs = (name: string, options: string, more: Partial<FilesystemCase> = {}): FilesystemCase => ({
  name,
  variant: 'XFS v5',
  content: 'xfs',
  sizeMiB: 310,
  make: `mkfs.xfs -q -f ${options} $p`,
  mount: 'mount -o nouuid',
  age: AGE + POSIX,
  check: 'xfs_repair -n $p',
  look: 'mount -o ro,nouuid',
  ...more,
})
/** Files in /usr/share that every Debian has, in mkfs.xfs's own language: for a version that this kernel does not mount. */
const PROTOTYPE = `( echo /dev/null; echo 0 0; echo d--755 0 0; echo : ; for f in $(find /usr/share/perl5 -maxdepth 1 -type f -size -200k | head -60); do echo "$(basename $f) ---644 1 2 $f"; done; echo 'soft l--777 0 0 somewhere'; echo '$' ) > $d/proto`

const XFS: readonly FilesystemCase[] = [
  xfs('XFS as it is made', '', { short: true, age: AGE + POSIX + DEEP + AGAIN }),
  xfs('XFS with 1 KiB blocks and a small log', '-b size=1024 -l size=64m', { age: AGE + POSIX + DEEP }),
  xfs('XFS with rmapbt, inobtcount, bigtime, nrext64', '-m rmapbt=1,inobtcount=1,bigtime=1'),
  xfs('XFS without reflink, finobt and sparse inodes', '-m reflink=0,finobt=0,bigtime=0 -i sparse=0'),
  xfs('XFS with shared extents', '-m reflink=1', {
    age: `${AGE}; cp --reflink=always $m/second $m/copy; printf x | dd of=$m/copy seek=300000 bs=1 conv=notrunc status=none; sync -f $m; rm $m/second; sync -f $m`,
  }),
  xfs('XFS with 2 KiB inodes and 4 KiB sectors', '-i size=2048 -s size=4096', { age: AGE + DEEP }),
  xfs('XFS that was grown', '-d size=300m', { age: `${AGE}; xfs_growfs -d $m > /dev/null; ${AGAIN}` }),
  xfs('XFS that was defragmented', '', { age: `${AGE}; xfs_fsr $m/third $m/second > /dev/null 2>&1 || true; ${AGAIN}` }),
  xfs('XFS that was full and is not', '-b size=1024', {
    age: `${AGE}; cat /dev/urandom | head -c 400000000 > $m/full 2>/dev/null || true; sync -f $m; for i in $(seq 200); do echo $i > $m/t$i 2>/dev/null || true; done; rm $m/full; ${AGAIN}`,
  }),
  xfs('XFS v4, without checksums', '', {
    variant: 'XFS v4',
    make: `${PROTOTYPE}; mkfs.xfs -q -f -m crc=0 -p $d/proto $p`,
    mount: '',
    age: 'true',
    look: 'grub-mount',
  }),
]

const btrfs = (name: string, options: string, more: Partial<FilesystemCase> = {}): FilesystemCase => ({
  name,
  variant: 'Btrfs',
  content: 'btrfs',
  sizeMiB: 260,
  make: `mkfs.btrfs -q -f ${options} $p`,
  mount: 'mount',
  age: AGE + POSIX,
  // The check reads one copy of what is there twice; scrub reads both.
  check:
    'btrfs check --readonly --check-data-csum $p; mkdir -p $d/s; mount -o ro $p $d/s; btrfs scrub start -B -r $d/s > $d/scrub 2>&1 || true; umount $d/s; cat $d/scrub; grep -q "no errors found" $d/scrub',
  look: 'mount -o ro',
  ...more,
})

const BTRFS: readonly FilesystemCase[] = [
  btrfs('Btrfs as it is made, metadata twice', '', { short: true, age: AGE + POSIX + DEEP + AGAIN }),
  btrfs('Btrfs that was balanced', '', {
    short: true,
    age: `${AGE}${POSIX}; btrfs balance start --full-balance $m > /dev/null; ${AGAIN}; btrfs balance start -m $m > /dev/null`,
  }),
  btrfs('Btrfs with data and metadata mixed', '-M', { short: true, sizeMiB: 120, age: AGE + DEEP }),
  btrfs('Btrfs with data and metadata mixed and twice', '-M -m dup -d dup', { sizeMiB: 200 }),
  btrfs('Btrfs with metadata once', '-m single', { age: AGE + DEEP }),
  btrfs('Btrfs with data twice', '-m dup -d dup'),
  btrfs('Btrfs whose profiles were converted', '-m single', {
    age: `${AGE}; btrfs balance start -f -mconvert=dup $m > /dev/null; ${AGAIN}`,
  }),
  btrfs('Btrfs with raid0 on one device', '-d raid0 -m raid0', { age: AGE }),
  btrfs(
    'Btrfs of 2012: 4 KiB nodes, no skinny metadata, no holes kept',
    '-n 4096 -O ^skinny-metadata,^no-holes,^extref -R ^free-space-tree',
    { age: AGE + DEEP },
  ),
  btrfs('Btrfs with 64 KiB nodes', '-n 65536', { age: AGE + DEEP }),
  btrfs('Btrfs with sha256', '--csum sha256'),
  btrfs('Btrfs with xxhash', '--csum xxhash', { age: AGE }),
  btrfs('Btrfs with blake2', '--csum blake2', { age: AGE }),
  btrfs('Btrfs compressed, with subvolumes and snapshots', '', {
    mount: 'mount -o compress=zstd',
    age: `btrfs subvolume create $m/s > /dev/null; ${AGE}; cp -a $m/a $m/s/; btrfs subvolume snapshot $m/s $m/t > /dev/null; rm -r $m/s/a/b; btrfs subvolume snapshot -r $m $m/r > /dev/null; ${AGAIN}; btrfs subvolume delete --commit-after $m/t > /dev/null; btrfs subvolume sync $m`,
  }),
  btrfs('Btrfs with quota groups and nodatacow', '', {
    mount: 'mount -o nodatacow',
    age: `btrfs quota enable $m; ${AGE}; btrfs quota rescan -w $m`,
  }),
  btrfs('Btrfs with the first space cache', '-R ^free-space-tree', { mount: 'mount -o space_cache=v1', age: AGE }),
  btrfs('Btrfs that was made larger', '', {
    make: 'mkfs.btrfs -q -f -b 150M $p',
    age: `${AGE}; btrfs filesystem resize max $m > /dev/null; ${AGAIN}`,
  }),
  btrfs('Btrfs that was made smaller than its partition', '', {
    sizeMiB: 330,
    age: `${AGE}; btrfs filesystem resize 280M $m > /dev/null; ${AGAIN}`,
  }),
  btrfs('Btrfs that was defragmented', '', { age: `${AGE}; btrfs filesystem defragment -r -czstd $m; sync -f $m; ${AGAIN}` }),
  btrfs('Btrfs with another UUID', '', { afterwards: 'btrfstune -f -m $p > /dev/null' }),
  btrfs('Btrfs that was full', '', {
    age: `${AGE}; cat /dev/urandom | head -c 400000000 > $m/full 2>/dev/null || true; sync -f $m; rm $m/full; sync -f $m; ${AGAIN}`,
  }),
]

const ntfs = (name: string, options: string, more: Partial<FilesystemCase> = {}): FilesystemCase => ({
  name,
  variant: 'NTFS',
  content: 'ntfs',
  sizeMiB: 40,
  make: `mkfs.ntfs -q -f ${options} $p 2>&1`,
  mount: 'ntfs-3g',
  age: AGE,
  check: 'ntfsfix -n $p; ntfsinfo -m $p > /dev/null; ntfsresize -i -f --no-progress-bar $p',
  look: 'ntfs-3g -o ro',
  ...more,
})

const NTFS: readonly FilesystemCase[] = [
  ntfs('NTFS as it is made', '', { short: true, age: AGE + DEEP + AGAIN }),
  ntfs('NTFS with clusters of 512 bytes', '-c 512', { age: AGE + DEEP }),
  ntfs('NTFS with clusters of 64 KiB', '-c 65536', { sizeMiB: 150 }),
  ntfs('NTFS with compressed and sparse files', '', {
    mount: 'ntfs-3g -o compression',
    age: `mkdir $m/c; setfattr -h -v 0x00000800 -n system.ntfs_attrib_be $m/c; seq 200000 > $m/c/numbers; truncate -s 6M $m/holes; printf x >> $m/holes; ${AGE}`,
  }),
  ntfs('NTFS that was made larger', '', {
    make: 'mkfs.ntfs -q -f $p 40000 2>&1',
    afterwards: 'ntfsresize -f -f --no-progress-bar $p; ntfsfix -d $p',
  }),
  ntfs('NTFS that was made smaller than its partition', '', {
    afterwards: 'ntfsresize -f -f --no-progress-bar -s 30M $p; ntfsfix -d $p',
  }),
  ntfs('NTFS that is full', '', {
    age: `${AGE}; cat /dev/urandom | head -c 60000000 > $m/full 2>/dev/null || true; rm $m/a/f1*; sync -f $m`,
  }),
]

const exfat = (name: string, options: string, more: Partial<FilesystemCase> = {}): FilesystemCase => ({
  name,
  variant: 'exFAT',
  content: 'exfat',
  sizeMiB: 32,
  make: `mkfs.exfat ${options} $p`,
  mount: 'mount.exfat-fuse',
  age: AGE,
  check: 'fsck.exfat -n $p',
  look: 'mount.exfat-fuse -o ro',
  ...more,
})

const EXFAT: readonly FilesystemCase[] = [
  exfat('exFAT as it is made', '', { short: true, age: AGE + DEEP + AGAIN }),
  exfat('exFAT with clusters of 512 bytes', '-c 512', { age: AGE + DEEP }),
  exfat('exFAT with clusters of 128 KiB', '-c 131072', { sizeMiB: 150 }),
]

/** Nothing here mounts a FAT: mtools write it, and read every file of it back. */
const FAT_AGE = `
  mkdir -p $d/a/b; for i in $(seq 120); do head -c $((i * 37 % 9001)) /dev/urandom > $d/a/f$i.txt; done
  head -c $((SIZE / 5)) /dev/urandom > $d/large; mcopy -s -Q -i $p $d/a $d/large ::/; mdel -i $p '::/a/f*3.txt' '::/a/f*7.txt' ::/large
  for i in $(seq 60); do head -c $((i * 131 % 12011)) /dev/urandom > $d/a/b/g$i.dat; done
  head -c $((SIZE / 4)) /dev/urandom > $d/other; mcopy -s -Q -i $p $d/a/b $d/other ::/; mdel -i $p '::/b/g*5.dat'
  head -c $((SIZE / 9)) /dev/urandom > $d/third; mcopy -Q -i $p $d/third ::/`

const fat = (
  name: string,
  bits: 12 | 16 | 32,
  sizeMiB: number,
  options = '',
  more: Partial<FilesystemCase> = {},
): FilesystemCase => ({
  name,
  variant: `FAT${bits}`,
  content: 'fat',
  sizeMiB,
  make: `mkfs.vfat ${options} $p > /dev/null`,
  age: FAT_AGE,
  check: 'fsck.fat -n $p',
  list: 'mdir -/ -a -i $p ::/ | grep -v "bytes free"; rm -rf $d/back; mkdir $d/back; mcopy -s -n -m -i $p ::/ $d/back; cd $d/back; find . -type f -exec sha256sum {} + | sort -k2',
  ...more,
})

const FAT: readonly FilesystemCase[] = [
  fat('FAT of 2 MiB', 12, 2, '', { short: true }),
  fat('FAT of 7 MiB', 12, 7, '', { short: true }),
  fat('FAT12 of 15 MiB', 12, 15, '-F 12 -s 8'),
  fat('FAT12 with one table and large clusters', 12, 30, '-F 12 -f 1 -s 64'),
  fat('FAT12 with an odd number of clusters', 12, 5, '-F 12 -s 3 -a', {
    make: 'mkfs.vfat -F 12 -s 4 -a -R 3 -r 64 $p > /dev/null',
  }),
  fat('FAT of 17 MiB', 16, 17, '', { short: true }),
  fat('FAT16 with clusters of 32 KiB', 16, 200, '-F 16 -s 64'),
  fat('FAT32', 32, 64, '-F 32 -s 1', { short: true }),
  fat('FAT32 with sectors of 4096 bytes', 32, 300, '-F 32 -S 4096 -s 1'),
  fat('FAT32 with one table and the backup elsewhere', 32, 60, '-F 32 -f 1 -b 9 -R 40'),
]

const F2FS: readonly FilesystemCase[] = [
  {
    name: 'F2FS, which is taken whole',
    variant: 'F2FS',
    content: 'f2fs',
    sizeMiB: 100,
    whole: true,
    make: 'mkfs.f2fs -q -f $p',
    age: 'mkdir -p $d/f/a; for i in $(seq 60); do head -c $((i * 137 % 9001)) /dev/urandom > $d/f/a/f$i; done; sload.f2fs -P -f $d/f $p > /dev/null',
    check: 'fsck.f2fs --dry-run $p',
    look: 'grub-mount',
  },
]

export const FILESYSTEM_CASES: readonly FilesystemCase[] = [...EXT, ...XFS, ...BTRFS, ...NTFS, ...EXFAT, ...FAT, ...F2FS]
