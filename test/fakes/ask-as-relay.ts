// A program: asks a DHCP server as the relay of an iPXE client, and prints the offer. Arguments: the relay's own address, the server's.
import { createSocket } from 'node:dgram'
import { formatIpv4 } from '../../src/netboot/dhcp/ipv4.ts'
import { OPTION } from '../../src/netboot/dhcp/option-codes.ts'
import { readIpv4, readText } from '../../src/netboot/dhcp/option-values.ts'
import { decodePacket, encodePacket } from '../../src/netboot/dhcp/packet.ts'
import { requestPacket } from './dhcp-packets.ts'

const [own = '', server = ''] = process.argv.slice(2)
const socket = createSocket('udp4')
const timer = setTimeout(() => {
  console.error('no answer')
  process.exit(1)
}, 5000)

socket.on('message', (bytes) => {
  clearTimeout(timer)
  const { yourIp, options } = decodePacket(bytes)
  const bootFile = readText(options, OPTION.bootFile)
  console.log(JSON.stringify({ address: formatIpv4(yourIp), server: formatIpv4(readIpv4(options, OPTION.serverId)!), bootFile }))
  socket.close()
})
socket.bind(67, own, () =>
  socket.send(encodePacket(requestPacket('discover', { relayAgentIp: own, userClass: 'iPXE', architecture: 7 })), 67, server),
)
