// Where a disk is plugged in, in the words of udev's path_id: /dev/disk/by-path without its udev. Reads sysfs.
import type { Sysfs } from './sysfs.ts'

/**
 * Read from the disk upwards: every kind of parent adds its part in front, and PCI ends it. undefined when the way up
 * does not reach a bus that is known here: no name is better than one that would change.
 */
export function byPathOf(sys: Sysfs, blockPath: string): string | undefined {
  const device = sys.real(`${blockPath}/device`)
  if (device === undefined) return undefined
  const segments = device.split('/').filter((segment) => segment !== '')
  let tail = ''
  for (let end = segments.length; end > 0; end--) {
    const segment = segments[end - 1]!
    if (/^[0-9a-f]{4}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-9a-f]$/.test(segment)) return `pci-${segment}${tail}`
    const at = `/${segments.slice(0, end).join('/')}`
    const scsi = /^(\d+):(\d+):(\d+):(\d+)$/.exec(segment)
    if (scsi !== null) tail = `${scsiPart(sys, segments.slice(0, end), scsi.slice(1).map(Number))}${tail}`
    else if (/^nvme\d+$/.test(segment)) tail = `-nvme-${sys.number(`${blockPath}/nsid`) ?? 1}${tail}`
    else if (isUsbInterface(segment)) tail = `-usb-0:${segment.slice(segment.indexOf('-') + 1)}${tail}`
    else if (/^mmc\d+:/.test(segment) && sys.exists(at)) return undefined
  }
  return platformPart(segments, tail)
}

/** 2-1.4:1.0 -> -usb-0:1.4:1.0 */
const isUsbInterface = (segment: string): boolean => /^\d+-[\d.]+:\d+\.\d+$/.test(segment)

function scsiPart(sys: Sysfs, segments: readonly string[], [host = 0, bus = 0, target = 0, lun = 0]: readonly number[]): string {
  const ata = segments.findLast((segment) => /^ata\d+$/.test(segment))
  if (ata !== undefined) {
    const above = segments.slice(0, segments.indexOf(ata) + 1).join('/')
    const port = sys.number(`/${above}/ata_port/${ata}/port_no`) ?? Number(ata.slice(3))
    // A port multiplier has several targets behind one port.
    return target === 0 ? `-ata-${port}` : `-ata-${port}.${target}`
  }
  const endDevice = segments.findLast((segment) => segment.startsWith('end_device-'))
  if (endDevice !== undefined) {
    const above = segments.slice(0, segments.indexOf(endDevice) + 1).join('/')
    const address = sys.text(`/${above}/sas_device/${endDevice}/sas_address`)
    if (address !== undefined) return `-sas-${address}-lun-${lun}`
  }
  return `-scsi-${host - firstHost(sys, segments, host)}:${bus}:${target}:${lun}`
}

/** Host numbers count through all adapters in the order they were found: only the offset within one adapter is stable. */
function firstHost(sys: Sysfs, segments: readonly string[], host: number): number {
  const index = segments.indexOf(`host${host}`)
  if (index === -1) return host
  const siblings = sys.list(`/${segments.slice(0, index).join('/')}`)
  const numbers = siblings.flatMap((name) => /^host(\d+)$/.exec(name)?.[1] ?? []).map(Number)
  return Math.min(host, ...numbers)
}

/** Boards without PCI: virtio-mmio and the like. */
function platformPart(segments: readonly string[], tail: string): string | undefined {
  const index = segments.indexOf('platform')
  const name = index === -1 ? undefined : segments[index + 1]
  return name === undefined ? undefined : `platform-${name}${tail}`
}
