// Reads the UDP datagrams of a capture that tcpdump wrote: classic pcap, Ethernet, IPv4 without fragments.
import { readFileSync } from 'node:fs'

export interface CapturedDatagram {
  readonly from: string
  readonly to: string
  readonly payload: Uint8Array
}

const FILE_HEADER_BYTES = 24
const RECORD_HEADER_BYTES = 16
const ETHERNET_BYTES = 14

export function readCapture(path: string): readonly CapturedDatagram[] {
  const bytes = readFileSync(path)
  const found: CapturedDatagram[] = []
  for (let at = FILE_HEADER_BYTES; at < bytes.length; ) {
    const length = bytes.readUInt32LE(at + 8)
    const ip = bytes.subarray(at + RECORD_HEADER_BYTES + ETHERNET_BYTES, at + RECORD_HEADER_BYTES + length)
    at += RECORD_HEADER_BYTES + length
    const udp = ip.subarray((ip[0]! & 15) * 4)
    const address = (from: number) => ip.subarray(from, from + 4).join('.')
    found.push({
      from: `${address(12)}:${udp.readUInt16BE(0)}`,
      to: `${address(16)}:${udp.readUInt16BE(2)}`,
      payload: udp.subarray(8, udp.readUInt16BE(4)),
    })
  }
  return found
}
