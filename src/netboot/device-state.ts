// Whether a network interface is there with its address, and whether it is still the same one. Reads what the kernel tells of this process's network.
import { readFile } from 'node:fs/promises'
import { networkInterfaces } from 'node:os'

export interface DeviceState {
  /** The kernel's number of it: an interface that was deleted and made anew has another one. undefined: not told while it is down. */
  readonly index: number | undefined
  /** Why nobody can be served by it; undefined when it is there. */
  readonly missing: string | undefined
}

export type LookAtDevice = (name: string, address: string) => Promise<DeviceState>

export const lookAtDevice: LookAtDevice = async (name, address) => {
  // eth0:1 is a second address of the device eth0.
  const device = name.split(':')[0] ?? name
  const [devices, index] = await Promise.all([text('/proc/net/dev'), indexOf(device)])
  if (devices !== '' && !devices.split('\n').some((line) => line.trim().startsWith(`${device}:`)))
    return { index: undefined, missing: 'there is no such interface' }
  const listed = networkInterfaces()[name]
  // One that is there without a cable, or set down, is not listed: it is served again when that ends.
  if (listed === undefined || listed.some((one) => one.address === address)) return { index, missing: undefined }
  return { index, missing: `it does not have the address ${address}` }
}

/** From the multicast groups of this network, where each interface that is up is in one; else from sysfs. */
async function indexOf(device: string): Promise<number | undefined> {
  const groups = await text('/proc/net/igmp')
  const found = groups
    .split('\n')
    .map((line) => /^(\d+)\s+(\S+?)\s*:/.exec(line))
    .find((match) => match?.[2] === device)?.[1]
  const index = found ?? (await text(`/sys/class/net/${device}/ifindex`)).trim()
  return index === '' ? undefined : Number(index)
}

function text(path: string): Promise<string> {
  return readFile(path, 'utf8').catch(() => '')
}
