// What a trial needs, as the boot OS gives it. Starts modprobe, busybox's nbd-client, mount; reads /proc and /sys.
import { open, readdir, readFile, readlink, realpath, statfs } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { AppError } from '../../contract/errors.ts'
import type { Run } from '../machine.ts'
import type { NbdAddress, TrialTools } from '../trial-tools.ts'
import { withReadOnlyMount } from './read-only-mount.ts'
import { runCommand, superviseCommand } from './run-command.ts'

const DEVICE = '/dev/nbd0'
const BUSYBOX = '/usr/bin/busybox'
const MOUNTABLE_PAUSE_MS = 100
const APPEAR_TRIES = 100

export const linuxTrialTools: TrialTools = {
  async whileAttached(address, run, work) {
    await attach(address, run)
    try {
      return await work(DEVICE)
    } finally {
      // Also after an abort: the kernel that is started next must not find a connection half way.
      await superviseCommand(BUSYBOX, ['nbd-client', '-d', DEVICE], { signal: AbortSignal.timeout(10_000) }).catch(
        () => undefined,
      )
    }
  },

  async whileLookedAt(partitionPath, content, run, work) {
    const result = await withReadOnlyMount(partitionPath, content, run, work)
    if (result.kind === 'done') return result.result
    run.log(`${partitionPath} is passed over: ${result.reason}`)
    return undefined
  },

  async memory() {
    const text = await readFile('/proc/meminfo', 'utf8')
    const bytes = (name: string) => 1024 * Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(text)?.[1] ?? 0)
    return { totalBytes: bytes('MemTotal'), availableBytes: bytes('MemAvailable') }
  },

  async usedBytes(directory) {
    const { blocks, bfree, bsize } = await statfs(directory)
    return (blocks - bfree) * bsize
  },

  async diskModules() {
    const modules = new Set<string>()
    for (const name of await readdir('/sys/block')) {
      const module = await moduleOf(join('/sys/block', name, 'device'))
      if (module !== undefined) modules.add(module)
    }
    return [...modules]
  },

  commandLine: () => readFile('/proc/cmdline', 'utf8'),
  busybox: () => readFile(BUSYBOX),
}

async function attach({ host, port, exportName, sectorBytes }: NbdAddress, run: Run): Promise<void> {
  await runCommand('modprobe', ['nbd', 'nbds_max=1', 'max_part=31'], run)
  await runCommand(BUSYBOX, ['nbd-client', '-b', String(sectorBytes), '-N', exportName, host, String(port), DEVICE], run)
  for (let tries = 0; tries < APPEAR_TRIES; tries++) {
    if (Number(await readFile('/sys/block/nbd0/size', 'utf8')) > 0) {
      // The kernel looks for partitions when somebody opens the disk.
      await (await open(DEVICE, 'r')).close()
      return
    }
    await pause(MOUNTABLE_PAUSE_MS, undefined, { signal: run.signal })
  }
  throw new AppError(
    'AGENT_COMMAND_FAILED',
    `the disk of the version did not appear at ${DEVICE}`,
    'Look for the appliance’s own words about NBD in its log; the network may cut its port off.',
  )
}

/** The first driver on the way from the disk to the processor; what is behind it drives other things, too. */
async function moduleOf(link: string): Promise<string | undefined> {
  let path = await realpath(link).catch(() => undefined)
  for (; path?.startsWith('/sys/devices/'); path = dirname(path)) {
    const driver = await realpath(join(path, 'driver')).catch(() => undefined)
    if (driver === undefined) continue
    const module = await readlink(join(driver, 'module')).catch(() => undefined)
    return basename(module ?? driver).replaceAll('-', '_')
  }
  return undefined
}
