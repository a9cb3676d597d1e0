// What a trial adds to a version: its first process, and the kernel's command line. Pure.
// The machine's own disks must stay as they are, whatever the tried system does at its start: it usually carries the ids of the version on the disk,
// and would mount that. So drivers of disks are kept out, disks that are there all the same are made read-only, and nothing is named in fstab.
import type { AddedFile } from '../imaging/pack-tree.ts'

/** Drivers of disks, as Linux calls their modules. */
const DISK_MODULES = ['virtio_blk', 'sd_mod', 'nvme', 'mmc_block', 'xen_blkfront', 'nd_pmem', 'md_mod', 'dm_mod']
const FOLDER = 'platen-trial'
/** Words of the boot OS's own command line that say where people look. */
const KEPT_WORDS = /^(console|nomodeset|video|earlycon)(=|$)/

export interface TrialTitle {
  readonly imageName: string
  readonly version: number
}

/** ownLine: of the boot OS. machineModules: drivers of the disks that this machine has. */
export function trialCommandLine(ownLine: string, machineModules: readonly string[]): string {
  const kept = ownLine.split(/\s+/).filter((word) => KEPT_WORDS.test(word))
  const modules = [...new Set([...DISK_MODULES, ...machineModules])].join(',')
  return [...kept, `rdinit=/${FOLDER}/init`, `module_blacklist=${modules}`, 'systemd.gpt_auto=0', 'panic=30'].join(' ')
}

export function trialFiles(title: TrialTitle, busybox: Uint8Array): AddedFile[] {
  return [
    { path: FOLDER, mode: 0o755, content: 'folder' },
    { path: `${FOLDER}/busybox`, mode: 0o755, content: busybox },
    { path: `${FOLDER}/init`, mode: 0o755, content: Buffer.from(firstProcess(title)) },
    { path: 'etc/fstab', mode: 0o644, content: Buffer.from('# A trial: nothing of this machine is mounted.\n') },
  ]
}

function firstProcess({ imageName, version }: TrialTitle): string {
  return `#!/${FOLDER}/busybox sh
# First process of a trial: sees that no disk can be written, then hands over to the image's own.
b=/${FOLDER}/busybox
$b mkdir -p /dev /proc /sys /run
$b mount -t devtmpfs dev /dev
$b mount -t proc proc /proc
$b mount -t sysfs sys /sys
disks=''
for disk in /sys/block/*; do
  case "$disk" in */ram*|*/loop*|*/zram*|*/sr*|*/fd*|*/nbd*) continue ;; esac
  for part in "$disk" "$disk"/*/partition; do
    name=$($b basename "\${part%/partition}")
    [ -b "/dev/$name" ] || continue
    $b blockdev --setro "/dev/$name" && disks="$disks $name"
  done
done
echo "Platen trial: ${imageName} version ${version}, in memory; disks that it sees:\${disks:- none}\${disks:+ (read-only)}"
$b umount /sys /proc
for program in /sbin/init /usr/lib/systemd/systemd /lib/systemd/systemd /etc/init; do
  [ -x "$program" ] && exec "$program" </dev/console >/dev/console 2>&1
done
echo 'Platen trial: this version has no first process'
$b sleep 30
$b reboot -f
`
}
