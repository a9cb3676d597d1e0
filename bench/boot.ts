// From power-on to the first line of the boot OS, on virtual machines: Platen beside dnsmasq and nginx with common settings, with the same
// loaders, kernel and initrds. Platen's network has a router that announces itself (radvd), as its documentation advises: iPXE in a
// network card's ROM waits 16 s for one. Needs root and QEMU; brings dnsmasq and nginx. Cases are bios and uefi.
import { join } from 'node:path'
import { prepareBoot } from '../test/rack/prepare.ts'
import type { MachineSpec } from '../test/rack/qemu-arguments.ts'
import { Rack } from '../test/rack/rack.ts'
import { bringPeers, type Peers, SITES, type SiteName } from './boot/sites.ts'
import { type Bench, type BenchCase, caseLine, median, runBench, shown } from './rig/report.ts'

const TARGETS = { bios: 2, uefi: 1.4 } as const
type Case = keyof typeof TARGETS
const ROUNDS = { full: 3, quick: 1 }
const PATIENCE_MS = 300_000
const LOGS = join(import.meta.dirname, '../.cache/bench/boot')

const bench: Bench = async ({ cases, isQuick }) => {
  const peers = bringPeers()
  const prepared = { ...(await prepareBoot(['x64'], () => {})), peers }
  const results: BenchCase[] = []
  for (const name of (cases.length === 0 ? Object.keys(TARGETS) : cases) as Case[]) {
    const seconds: Record<SiteName, number[]> = { ours: [], 'dnsmasq + nginx': [] }
    // In turns, so that a disturbance of the machine meets both.
    for (let round = 0; round < (isQuick ? ROUNDS.quick : ROUNDS.full); round++) {
      for (const site of Object.keys(seconds) as SiteName[]) {
        seconds[site].push(await secondsToBootOs(site, name, prepared))
        console.log(`${name}: ${site} ${shown(seconds[site].at(-1)!)} s`)
      }
    }
    const ours = median(seconds.ours)
    const peer = median(seconds['dnsmasq + nginx'])
    results.push({
      case: name,
      ratio: peer / ours,
      target: TARGETS[name],
      against: 'as fast as dnsmasq + nginx',
      ours,
      peers: { 'dnsmasq + nginx': peer },
      unit: 's',
    })
    console.log(caseLine(results.at(-1)!))
  }
  return results
}

type Prepared = Awaited<ReturnType<typeof prepareBoot>> & { readonly peers: Peers }

async function secondsToBootOs(site: SiteName, firmware: Case, { accelerator, bootDir, peers }: Prepared): Promise<number> {
  const rack = await Rack.create({ accelerator, hasRouter: site === 'ours' })
  try {
    const { over } = await SITES[site]({ rack, bootDir, peers })
    const machine = await rack.addMachine(specOf(firmware))
    const startedAt = performance.now()
    await machine.powerOn()
    await Promise.race([machine.console.waitFor(/platen boot OS \S+ x64/, PATIENCE_MS), over])
    return (performance.now() - startedAt) / 1000
  } catch (error) {
    rack.saveLogs(join(LOGS, `${firmware}-${site.replaceAll(/\W+/g, '-')}`))
    throw error
  } finally {
    await rack.close()
  }
}

function specOf(firmware: Case): MachineSpec {
  return {
    name: 'node-b',
    firmware,
    mac: '52:54:00:77:00:2b',
    systemUuid: '7a0c1d52-3f64-4b8e-9c11-52540077002b',
    serialNumber: 'RACK-B',
    disks: [{ serial: 'DISK-B', sizeBytes: 64 * 1024 ** 2 }],
    memoryMiB: 1536,
    cpus: 1,
    bootOrder: 'network-then-disk',
  }
}

await runBench('boot', bench)
