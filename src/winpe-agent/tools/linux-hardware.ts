// What Linux and its drives say of hardware. Reads /proc/meminfo, starts smartctl.
import { readFile } from 'node:fs/promises'
import type { SmartMeasures } from '../../contract/hardware.ts'
import type { HardwareTools } from '../steps/check.ts'
import { superviseCommand } from './run-command.ts'

export const linuxHardware: HardwareTools = {
  async availableMemoryBytes() {
    const [, kibibytes = '0'] = /^MemAvailable:\s*(\d+) kB/m.exec(await readFile('/proc/meminfo', 'utf8')) ?? []
    return Number(kibibytes) * 1024
  },
  async smart(devicePath, { signal }) {
    // Its exit code tells of failures in its bits; what it says is in the JSON whatever they are.
    const { output } = await superviseCommand('smartctl', ['--json=c', '--all', devicePath], { signal })
    return smartOf(output.join('\n'))
  },
}

interface SmartctlAnswer {
  readonly smart_status?: { readonly passed?: boolean }
  readonly temperature?: { readonly current?: number }
  readonly power_on_time?: { readonly hours?: number }
  readonly ata_smart_attributes?: {
    readonly table?: readonly { readonly id: number; readonly raw?: { readonly value?: number } }[]
  }
  readonly scsi_grown_defect_list?: number
  readonly nvme_smart_health_information_log?: {
    readonly critical_warning?: number
    readonly media_errors?: number
    readonly percentage_used?: number
  }
}

/** Reallocated, pending and uncorrectable sectors (ATA attributes 5, 197, 198). */
const BAD_SECTORS: readonly number[] = [5, 197, 198]

/** undefined: nothing in it is said of the drive's health. */
export function smartOf(text: string): SmartMeasures | undefined {
  const answer = parsed(text)
  if (answer === undefined) return undefined
  const { nvme_smart_health_information_log: nvme, ata_smart_attributes: ata } = answer
  const sectors = ata?.table?.filter(({ id }) => BAD_SECTORS.includes(id)).map(({ raw }) => raw?.value ?? 0)
  const badSectors = nvme?.media_errors ?? answer.scsi_grown_defect_list ?? sectors?.reduce((sum, count) => sum + count, 0)
  const said = {
    passed: answer.smart_status?.passed,
    badSectors,
    usedPercent: nvme?.percentage_used,
    celsius: answer.temperature?.current,
    warning: nvme?.critical_warning,
    powerOnHours: answer.power_on_time?.hours,
  }
  const known = Object.fromEntries(Object.entries(said).filter(([, value]) => value !== undefined))
  return Object.keys(known).length === 0 ? undefined : known
}

function parsed(text: string): SmartctlAnswer | undefined {
  try {
    return JSON.parse(text) as SmartctlAnswer
  } catch {
    return undefined
  }
}
