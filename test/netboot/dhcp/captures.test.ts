// What real firmware says, and what we make of it. The json beside each capture is the expected reading; `vitest -u` writes it anew.
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { bootOffer } from '../../../src/netboot/dhcp/boot-offer.ts'
import { classifyClient } from '../../../src/netboot/dhcp/client.ts'
import { formatIpv4 } from '../../../src/netboot/dhcp/ipv4.ts'
import { decodePacket, encodePacket, messageName } from '../../../src/netboot/dhcp/packet.ts'
import { readCapture } from '../../fakes/pcap.ts'

const FOLDER = join(import.meta.dirname, '../../captures')
const captures = readdirSync(FOLDER).filter((file) => file.endsWith('.pcap'))

it.each(captures)('%s reads as it did', async (file) => {
  const read = readCapture(join(FOLDER, file)).map(({ from, to, payload }) => {
    const packet = decodePacket(payload)
    const { description, systemUuid, ipxe } = classifyClient(packet)
    const spoken = { from, to, message: messageName(packet), yourIp: formatIpv4(packet.yourIp), bootFile: packet.bootFile }
    const options = Object.fromEntries([...packet.options].map(([code, value]) => [code, Buffer.from(value).toString('hex')]))
    if (packet.op === 'reply') return { ...spoken, options }
    const offer = bootOffer(classifyClient(packet), 'http://10.77.0.1:8080', 'snponly')
    return { ...spoken, client: description, systemUuid, features: [...(ipxe?.names ?? [])], offer, options }
  })
  await expect(`${JSON.stringify(read, undefined, 2)}\n`).toMatchFileSnapshot(join(FOLDER, file.replace('.pcap', '.json')))
})

it.each(captures)('%s is written back with the same content', (file) => {
  for (const { payload } of readCapture(join(FOLDER, file))) {
    const packet = decodePacket(payload)
    expect(decodePacket(encodePacket(packet))).toEqual(packet)
  }
})
