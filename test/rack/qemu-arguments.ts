// What a virtual machine is, and how QEMU is told so. Pure.
import type { Architecture } from '../../src/contract/values.ts'

export type Accelerator = 'kvm' | 'tcg'

export interface MachineSpec {
  readonly name: string
  /** u-boot: arm64 only, as boards have it. */
  readonly firmware: 'bios' | 'uefi' | 'u-boot'
  /** Left out: x64. */
  readonly architecture?: Architecture
  /** How UEFI firmware fetches its first program. Left out: PXE. */
  readonly networkBoot?: 'pxe' | 'http'
  /** UEFI firmware holds Microsoft's keys and starts nothing that is not signed. */
  readonly secureBoot?: boolean
  readonly mac: string
  readonly systemUuid: string
  readonly serialNumber: string
  /** bus: left out, virtio. */
  readonly disks: readonly { readonly serial: string; readonly sizeBytes: number; readonly bus?: 'virtio' | 'nvme' }[]
  readonly memoryMiB: number
  readonly cpus: number
  /** As a technician sets it in the firmware. */
  readonly bootOrder: 'network-then-disk' | 'disk-only'
}

export interface MachinePlaces {
  readonly tap: string
  readonly controlSocket: string
  /** One file for each disk of the spec. */
  readonly diskFiles: readonly string[]
  /** UEFI only: this machine's own copy of the firmware's variables. */
  readonly variablesFile: string
}

export const EMULATOR: Record<Architecture, string> = { x64: 'qemu-system-x86_64', arm64: 'qemu-system-aarch64' }

/** UEFI firmware: its program, and the variables that a new machine begins with; undefined for all others. */
export function uefiFiles({ firmware, architecture = 'x64', secureBoot = false }: MachineSpec) {
  if (firmware !== 'uefi') return undefined
  const keys = secureBoot ? '.ms' : ''
  if (architecture === 'arm64')
    return { code: `/usr/share/AAVMF/AAVMF_CODE${keys}.fd`, variables: `/usr/share/AAVMF/AAVMF_VARS${keys}.fd` }
  // Debian's ovmf has both since 2021; Debian 13 has no other size.
  return { code: `/usr/share/OVMF/OVMF_CODE_4M${keys}.fd`, variables: `/usr/share/OVMF/OVMF_VARS_4M${keys}.fd` }
}

const U_BOOT = '/usr/lib/u-boot/qemu_arm64/u-boot.bin'

export function qemuArguments(spec: MachineSpec, places: MachinePlaces, accelerator: Accelerator): string[] {
  return [
    ...['-name', spec.name, '-nodefaults', '-display', 'none'],
    ...board(spec, accelerator),
    ...['-smp', String(spec.cpus), '-m', String(spec.memoryMiB)],
    ...['-chardev', 'stdio,id=console,signal=off', '-serial', 'chardev:console'],
    ...['-qmp', `unix:${places.controlSocket},server=on,wait=off`],
    ...['-smbios', `type=1,manufacturer=Platen,product=Rack,uuid=${spec.systemUuid},serial=${spec.serialNumber}`],
    ...['-object', 'rng-random,id=entropy,filename=/dev/urandom', '-device', 'virtio-rng-pci,rng=entropy'],
    ...firmware(spec, places),
    ...['-netdev', `tap,id=lan,ifname=${places.tap},script=no,downscript=no`],
    ...['-device', `virtio-net-pci,netdev=lan,mac=${spec.mac}${networkBoot(spec)}`],
    ...spec.disks.flatMap(({ serial, bus }, index) => disk(serial, places.diskFiles[index]!, index, bus)),
  ]
}

const EMULATION = ['-accel', 'tcg,thread=multi,tb-size=512']

function board({ architecture = 'x64', secureBoot = false }: MachineSpec, accelerator: Accelerator): string[] {
  if (architecture === 'arm64') return ['-machine', 'virt', ...EMULATION, '-cpu', 'cortex-a57']
  // graphics=off: SeaBIOS then speaks on the serial line, and with it everything that prints through the BIOS.
  // smm: only the firmware itself may write the variables that hold the keys.
  const machine = ['-machine', `q35,graphics=off${secureBoot ? ',smm=on' : ''}`]
  switch (accelerator) {
    case 'kvm':
      return [...machine, '-accel', 'kvm', '-cpu', 'host']
    case 'tcg':
      // Not `max`: emulated AVX is three times slower than plain SSE, and five-level paging made kernels stumble at random.
      // Without cx16: the emulation loses the flags of that instruction when an interrupt comes right behind it, and kernels die of it.
      return [...machine, ...EMULATION, '-cpu', 'Nehalem,-cx16']
  }
}

/** BIOS: QEMU's own choice of a ROM, iPXE from Debian's ipxe-qemu. UEFI brings its network boot; a ROM would put another in its place. */
function networkBoot(spec: MachineSpec): string {
  const rom = spec.firmware === 'bios' && spec.bootOrder !== 'disk-only' ? '' : ',romfile='
  return spec.bootOrder === 'disk-only' ? rom : `${rom},bootindex=1`
}

function firmware(spec: MachineSpec, { variablesFile }: MachinePlaces): string[] {
  if (spec.firmware === 'u-boot') return ['-bios', U_BOOT]
  const files = uefiFiles(spec)
  if (files === undefined) return [] // QEMU brings SeaBIOS
  return [
    ...['-drive', `if=pflash,unit=0,format=raw,readonly=on,file=${files.code}`],
    ...['-drive', `if=pflash,unit=1,format=raw,file=${variablesFile}`],
    ...(spec.secureBoot && spec.architecture !== 'arm64' ? ['-global', 'driver=cfi.pflash01,property=secure,value=on'] : []),
    // The switches that setup menus call "IPv6 PXE support" (the rack's network has none, and asking takes half a minute) and
    // "IPv4 PXE support" (off, the firmware's own HTTP boot is what is left).
    ...['-fw_cfg', 'name=opt/org.tianocore/IPv6PXESupport,string=no'],
    ...(spec.networkBoot === 'http' ? ['-fw_cfg', 'name=opt/org.tianocore/IPv4PXESupport,string=no'] : []),
  ]
}

function disk(serial: string, file: string, index: number, bus: 'virtio' | 'nvme' = 'virtio'): string[] {
  const device = bus === 'nvme' ? 'nvme' : 'virtio-blk-pci'
  return [
    // unsafe: flushes stay in the host's memory, which outlives the machine.
    ...['-drive', `if=none,id=disk${index},format=raw,file=${file},cache=unsafe,discard=unmap,detect-zeroes=unmap`],
    ...['-device', `${device},drive=disk${index},serial=${serial},bootindex=${index + 2}`],
  ]
}
