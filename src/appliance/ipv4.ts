// IPv4 addresses as numbers, and the subnet that an interface is in. Pure.

export interface Subnet {
  readonly address: string
  readonly netmask: string
  readonly network: number
  readonly broadcast: number
}

export function toNumber(address: string): number {
  return address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0)
}

export function toAddress(value: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join('.')
}

export function subnetOf(address: string, netmask: string): Subnet {
  const sizeMinusOne = 2 ** 32 - 1 - toNumber(netmask)
  const own = toNumber(address)
  const network = own - (own % (sizeMinusOne + 1))
  return { address, netmask, network, broadcast: network + sizeMinusOne }
}

/** 255.255.255.0 is 24 bits long. */
export function prefixLength(netmask: string): number {
  return 32 - Math.log2(2 ** 32 - toNumber(netmask))
}

/** An address that a machine may have: inside, and neither the network's own nor the broadcast address. */
export function isUsable(subnet: Subnet, address: string): boolean {
  const value = toNumber(address)
  return value > subnet.network && value < subnet.broadcast
}
