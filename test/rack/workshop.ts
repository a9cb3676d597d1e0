// A machine without a network that starts the boot OS's kernel and programs, does one script on its disks, and goes off: for what this machine's
// kernel has no driver for (arrays, volumes, thin pools), and as a witness that did not make what it looks at.
import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'
import { OwnedProcess } from './owned-process.ts'
import { EMULATOR } from './qemu-arguments.ts'

interface Workshop {
  /** For the initrd and the log. */
  readonly directory: string
  readonly bootDir: string
  /** Files; /dev/vda, vdb … in this order. */
  readonly disks: readonly string[]
  /** A source file: `node /given/program.mjs`. */
  readonly program?: string
}

/** As boot/early/init does it, but the script is what runs in the end. */
const INIT = `#!/bin/busybox sh
b=/bin/busybox
$b mount -t devtmpfs devtmpfs /dev
for module in /modules/*.ko; do $b insmod "$module"; done
for layer in node modules system; do $b mount -t squashfs -o ro,loop "/layers/$layer.squashfs" "/layers/$layer"; done
$b mount -t tmpfs tmpfs /changes && $b mkdir /changes/upper /changes/work
$b mount -t overlay -o lowerdir=/layers/system:/layers/modules:/layers/node,upperdir=/changes/upper,workdir=/changes/work overlay /system
$b cp -R /given /system/given
exec $b switch_root /system /bin/sh /given/start
`

const START = `export PATH=/usr/sbin:/usr/bin:/sbin:/bin:/applets
busybox mkdir -p /applets /run /tmp /etc
$(command -v busybox) --install -s /applets
mount -t devtmpfs devtmpfs /dev; mount -t proc proc /proc; mount -t sysfs sysfs /sys; mount -t tmpfs tmpfs /run; mount -t tmpfs tmpfs /tmp
mkdir -p /run/mdadm /run/lvm /run/lock /dev/md
modprobe -a virtio_pci virtio_blk loop md_mod raid0 raid1 raid10 raid456 dm_mod dm_thin_pool ext4 vfat xfs nls_ascii nls_cp437
export MDADM_NO_UDEV=1
sh -e /given/script 2>&1
echo "the script ended with $?"
sync
busybox poweroff -f
`

/** Gives what it said. Fails when the script does. */
export async function inWorkshop({ directory, bootDir, disks, program }: Workshop, script: string): Promise<string> {
  const folder = join(directory, 'workshop')
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(join(folder, 'given'), { recursive: true })
  writeFileSync(join(folder, 'init'), INIT, { mode: 0o755 })
  writeFileSync(join(folder, 'given/start'), START)
  writeFileSync(join(folder, 'given/script'), script)
  if (program !== undefined) await bundle(program, join(folder, 'given/program.mjs'))
  const initrd = join(directory, 'workshop.img')
  copyFileSync(join(bootDir, 'x64/initrd.img'), initrd)
  execFileSync('sh', ['-ec', `find . | cpio --quiet -o -H newc >> ${initrd}`], { cwd: folder })
  const logFile = join(directory, 'workshop.log')
  rmSync(logFile, { force: true })
  const machine = new OwnedProcess(EMULATOR.x64, [...ARGUMENTS, ...startOf(bootDir, initrd), ...disks.flatMap(disk)], { logFile })
  const timer = setTimeout(() => void machine.kill(), LIMIT_MS)
  const ending = await machine.ended
  clearTimeout(timer)
  const said = readFileSync(logFile, 'utf8')
  if (ending !== '0' || !/the script ended with 0/.test(said))
    throw new Error(`the workshop ended with ${ending}:\n${said.slice(-4000)}`)
  return said
}

/** Bundled CommonJS packages call require. */
const BANNER = "import { createRequire as of } from 'node:module'; const require = of(import.meta.url);"

const bundle = (entryPoint: string, outfile: string) =>
  build({
    entryPoints: [entryPoint],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node24',
    minifySyntax: true,
    logLevel: 'silent',
    banner: { js: BANNER },
  })

/** A script that hangs tells where, and does not hold the machine for the night. */
const LIMIT_MS = 900_000

const ARGUMENTS = [
  ...['-nodefaults', '-display', 'none', '-machine', 'q35,graphics=off', '-accel', 'tcg,thread=multi,tb-size=512'],
  ...['-cpu', 'Nehalem,-cx16', '-smp', '1', '-m', '1536', '-no-reboot', '-serial', 'stdio', '-monitor', 'none'],
]

const startOf = (bootDir: string, initrd: string): string[] => [
  ...['-kernel', join(bootDir, 'x64/vmlinuz'), '-initrd', initrd],
  ...['-append', 'console=ttyS0 quiet panic=-1'],
]

const disk = (file: string, index: number): string[] => [
  ...['-drive', `if=none,id=disk${index},format=raw,file=${file},cache=unsafe`],
  ...['-device', `virtio-blk-pci,drive=disk${index},serial=DISK-${index}`],
]
