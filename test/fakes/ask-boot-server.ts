// A program: says to a proxy DHCP server what firmware said in a capture, and prints what comes back. It runs where the firmware would,
// behind one interface. Arguments: the capture, its own address, the address that it asks on port 4011.
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { formatIpv4 } from '../../src/netboot/dhcp/ipv4.ts'
import { OPTION } from '../../src/netboot/dhcp/option-codes.ts'
import { readIpv4, readText } from '../../src/netboot/dhcp/option-values.ts'
import { decodePacket, messageName } from '../../src/netboot/dhcp/packet.ts'
import { readCapture } from './pcap.ts'

const [capture = '', own = '', server = ''] = process.argv.slice(2)
const timer = setTimeout(() => {
  console.error('no answer')
  process.exit(1)
}, 5000)

const said = readCapture(capture)
const discover = said.find(({ from }) => from === '0.0.0.0:68')!.payload
const asked = said.find(({ to }) => to.endsWith(':4011'))!.payload

// Broadcasts come to a socket without an address of its own, and leave by the interface of one that has it.
const [ear, mouth, boot] = [await bound(68), await bound(68, own), await bound(4011, own)]
mouth.setBroadcast(true)
const offer = answerTo(ear)
mouth.send(discover, 67, '255.255.255.255')
const offered = await offer
const ack = answerTo(boot)
boot.send(asked, 4011, server)
console.log(JSON.stringify({ offer: offered, ack: await ack }))
clearTimeout(timer)
for (const socket of [ear, mouth, boot]) socket.close()

async function bound(port: number, address?: string): Promise<Socket> {
  const socket = createSocket({ type: 'udp4', reuseAddr: true })
  socket.bind({ port, exclusive: true, ...(address === undefined ? {} : { address }) })
  await once(socket, 'listening')
  return socket
}

async function answerTo(socket: Socket): Promise<object> {
  const [bytes, { address, port }] = (await once(socket, 'message')) as [Buffer, { address: string; port: number }]
  const packet = decodePacket(bytes)
  return {
    from: `${address}:${port}`,
    message: messageName(packet),
    server: formatIpv4(readIpv4(packet.options, OPTION.serverId)!),
    vendorClass: readText(packet.options, OPTION.vendorClass),
    yourIp: formatIpv4(packet.yourIp),
    nextServer: formatIpv4(packet.nextServerIp),
    bootFile: packet.bootFile,
  }
}
