import { describe, expect, it } from 'vitest'
import { bootOffer, LOADERS } from '../../../src/netboot/dhcp/boot-offer.ts'
import { classifyClient } from '../../../src/netboot/dhcp/client.ts'
import { OPTION } from '../../../src/netboot/dhcp/option-codes.ts'
import { type PacketSketch, requestPacket } from '../../fakes/dhcp-packets.ts'

const HTTP = 'http://10.77.0.1:8080'
const classify = (sketch: PacketSketch) => classifyClient(requestPacket('discover', sketch))
const features = (...codes: number[]) => [OPTION.ipxe, Uint8Array.from(codes.flatMap((code) => [code, 1, 1]))] as const

describe('classifyClient', () => {
  it.each([
    {
      name: 'BIOS',
      sketch: { vendorClass: 'PXEClient:Arch:00000:UNDI:002001', architecture: 0 },
      kind: 'pxe',
      says: 'x86 BIOS firmware',
      file: '52-54-00-00-00-0a/undionly.kpxe',
    },
    {
      name: 'UEFI x64',
      sketch: { vendorClass: 'PXEClient:Arch:00007:UNDI:003016', architecture: 7 },
      kind: 'pxe',
      says: 'x64 UEFI firmware',
      file: '52-54-00-00-00-0a/snponly-x64.efi',
    },
    {
      name: 'UEFI x64 that says 9',
      sketch: { vendorClass: 'PXEClient:Arch:00009:UNDI:003016', architecture: 9 },
      kind: 'pxe',
      says: 'x64 UEFI (byte code) firmware',
      file: '52-54-00-00-00-0a/snponly-x64.efi',
    },
    {
      name: 'UEFI arm64',
      sketch: { vendorClass: 'PXEClient:Arch:00011:UNDI:003000', architecture: 11 },
      kind: 'pxe',
      says: 'arm64 UEFI firmware',
      file: '52-54-00-00-00-0a/ipxe-arm64.efi',
    },
    {
      name: 'UEFI with its number only in the vendor class',
      sketch: { vendorClass: 'PXEClient:Arch:00007:UNDI:003016' },
      kind: 'pxe',
      says: 'x64 UEFI firmware',
      file: '52-54-00-00-00-0a/snponly-x64.efi',
    },
    {
      name: 'UEFI HTTP boot x64',
      sketch: { vendorClass: 'HTTPClient:Arch:00016:UNDI:003001', architecture: 16 },
      kind: 'http-boot',
      says: 'x64 UEFI HTTP boot firmware',
      file: `${HTTP}/loader/52-54-00-00-00-0a/snponly-x64.efi`,
    },
    {
      name: 'UEFI HTTP boot arm64',
      sketch: { vendorClass: 'HTTPClient:Arch:00019:UNDI:003001', architecture: 19 },
      kind: 'http-boot',
      says: 'arm64 UEFI HTTP boot firmware',
      file: `${HTTP}/loader/52-54-00-00-00-0a/ipxe-arm64.efi`,
    },
    {
      name: 'UEFI of 32 bits',
      sketch: { vendorClass: 'PXEClient:Arch:00006:UNDI:003016', architecture: 6 },
      kind: 'pxe',
      says: 'x86 UEFI (32 bit) firmware',
      file: undefined,
    },
    {
      name: 'an architecture that nobody listed',
      sketch: { vendorClass: 'PXEClient:Arch:00077', architecture: 77 },
      kind: 'pxe',
      says: 'architecture 77 firmware',
      file: undefined,
    },
    {
      name: 'an ordinary system',
      sketch: { vendorClass: 'MSFT 5.0' },
      kind: 'ordinary',
      says: 'ordinary DHCP client',
      file: undefined,
    },
    {
      name: 'U-Boot',
      sketch: { vendorClass: 'U-Boot.armv8', architecture: 22 },
      kind: 'u-boot',
      says: 'U-Boot (U-Boot.armv8)',
      file: undefined,
    },
    {
      name: 'U-Boot that says so by its number alone',
      sketch: { vendorClass: 'PXEClient:Arch:00022:UNDI:003000', architecture: 22 },
      kind: 'u-boot',
      says: 'arm64 U-Boot',
      file: undefined,
    },
    {
      name: 'U-Boot as UEFI',
      sketch: { vendorClass: 'PXEClient:Arch:00011:UNDI:003000', architecture: 11 },
      kind: 'pxe',
      says: 'arm64 UEFI firmware',
      file: `52-54-00-00-00-0a/${LOADERS.arm64.snponly}`,
    },
    ...[
      { architecture: 15, says: 'x86 UEFI HTTP boot (32 bit) firmware', file: undefined },
      {
        architecture: 17,
        says: 'x64 UEFI HTTP boot (byte code) firmware',
        file: expect.stringContaining(`/${LOADERS.x64.snponly}`),
      },
      { architecture: 18, says: 'arm UEFI HTTP boot (32 bit) firmware', file: undefined },
      { architecture: 20, says: 'x86 BIOS HTTP boot firmware', file: expect.stringContaining(`/${LOADERS.bios.snponly}`) },
      { architecture: 28, says: 'RISC-V UEFI HTTP boot firmware', file: undefined },
    ].map(({ architecture, says, file }) => ({
      name: `UEFI HTTP boot ${architecture}`,
      sketch: { vendorClass: `HTTPClient:Arch:000${architecture}:UNDI:003001`, architecture },
      kind: 'http-boot',
      says,
      file,
    })),
    {
      name: 'a Raspberry Pi that says so',
      sketch: { vendorClass: 'PXEClient:Arch:00041:UNDI:002001', architecture: 41 },
      kind: 'raspberry-pi',
      says: 'Raspberry Pi boot ROM',
      file: undefined,
    },
    {
      name: 'Raspberry Pi',
      sketch: { mac: 'dc:a6:32:00:00:01', vendorClass: 'PXEClient:Arch:00000:UNDI:002001', architecture: 0 },
      kind: 'raspberry-pi',
      says: 'Raspberry Pi boot ROM',
      file: undefined,
    },
    {
      name: 'UEFI on a Raspberry Pi',
      sketch: { mac: 'dc:a6:32:00:00:01', vendorClass: 'PXEClient:Arch:00011:UNDI:003000', architecture: 11 },
      kind: 'pxe',
      says: 'arm64 UEFI firmware',
      file: 'dc-a6-32-00-00-01/ipxe-arm64.efi',
    },
    {
      name: 'iPXE by its user class',
      sketch: { vendorClass: 'PXEClient:Arch:00007', architecture: 7, userClass: 'iPXE' },
      kind: 'ipxe',
      says: 'iPXE on x64 UEFI',
      file: expect.stringMatching(/^http.*\/boot\/52:54:00:00:00:0a.ipxe\?uuid=/),
    },
    {
      name: 'iPXE with a counted user class (RFC 3004)',
      sketch: { userClass: '\x04iPXE' },
      kind: 'ipxe',
      says: 'iPXE on unknown firmware',
      file: expect.stringMatching(/^http/),
    },
    {
      name: 'iPXE by its features alone',
      sketch: { architecture: 0, options: [features(19, 33)] },
      kind: 'ipxe',
      says: 'iPXE on x86 BIOS',
      file: expect.stringMatching(/^http/),
    },
    {
      name: 'iPXE without HTTP',
      sketch: { architecture: 0, userClass: 'iPXE', options: [features(21, 33)] },
      kind: 'ipxe',
      says: 'iPXE on x86 BIOS',
      file: 'undionly.kpxe',
    },
    {
      name: 'somebody else’s option 175',
      sketch: { options: [[175, Uint8Array.of(200, 9, 1)]] as const },
      kind: 'ordinary',
      says: 'ordinary DHCP client',
      file: undefined,
    },
  ])('$name', ({ sketch, kind, says, file }) => {
    const client = classify(sketch)
    expect([client.kind, client.description]).toEqual([kind, says])
    const offer = bootOffer(client, HTTP, 'snponly')
    expect(offer.kind === 'boot' ? offer.bootFile : undefined).toEqual(file)
  })

  it('gives the other loader when asked to', () => {
    const bios = bootOffer(classify({ vendorClass: 'PXEClient:Arch:00000', architecture: 0 }), HTTP, 'ipxe')
    const uefi = bootOffer(classify({ vendorClass: 'PXEClient:Arch:00007', architecture: 7 }), HTTP, 'ipxe')
    expect([bios, uefi]).toMatchObject([
      { bootFile: '52-54-00-00-00-0a/ipxe.pxe' },
      { bootFile: '52-54-00-00-00-0a/ipxe-x64.efi' },
    ])
  })

  it('tells iPXE’s version and the machine’s UUID with its bytes the right way round', () => {
    const version = [OPTION.ipxe, Uint8Array.of(235, 3, 1, 21, 1, 19, 1, 1)] as const
    const uuid = [
      OPTION.machineId,
      Uint8Array.of(0, 0x33, 0x22, 0x11, 0x00, 0x55, 0x44, 0x77, 0x66, 0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff),
    ] as const
    const client = classify({ architecture: 7, options: [version, uuid] })
    expect(client.description).toBe('iPXE 1.21.1 on x64 UEFI')
    expect(client.systemUuid).toBe('00112233-4455-6677-8899-aabbccddeeff')
  })

  it('takes a UUID of zeros for none', () => {
    expect(classify({ options: [[OPTION.machineId, new Uint8Array(17)]] }).systemUuid).toBeUndefined()
  })
})
