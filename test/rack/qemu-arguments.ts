// What a virtual machine is, and how QEMU is told so. Pure.
export type Accelerator = 'kvm' | 'tcg'

export interface MachineSpec {
  readonly name: string
  readonly firmware: 'bios' | 'uefi'
  readonly mac: string
  readonly systemUuid: string
  readonly serialNumber: string
  readonly disks: readonly { readonly serial: string; readonly sizeBytes: number }[]
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

/** Debian's ovmf has both since 2021; Debian 13 has no other size. */
export const UEFI_CODE = '/usr/share/OVMF/OVMF_CODE_4M.fd'
export const UEFI_VARIABLES = '/usr/share/OVMF/OVMF_VARS_4M.fd'

export function qemuArguments(spec: MachineSpec, places: MachinePlaces, accelerator: Accelerator): string[] {
  return [
    ...['-name', spec.name, '-nodefaults', '-display', 'none'],
    // graphics=off: SeaBIOS then speaks on the serial line, and with it everything that prints through the BIOS.
    ...['-machine', 'q35,graphics=off', ...acceleration(accelerator)],
    ...['-smp', String(spec.cpus), '-m', String(spec.memoryMiB)],
    ...['-chardev', 'stdio,id=console,signal=off', '-serial', 'chardev:console'],
    ...['-qmp', `unix:${places.controlSocket},server=on,wait=off`],
    ...['-smbios', `type=1,manufacturer=Platen,product=Rack,uuid=${spec.systemUuid},serial=${spec.serialNumber}`],
    ...['-object', 'rng-random,id=entropy,filename=/dev/urandom', '-device', 'virtio-rng-pci,rng=entropy'],
    ...firmware(spec, places),
    ...['-netdev', `tap,id=lan,ifname=${places.tap},script=no,downscript=no`],
    ...['-device', `virtio-net-pci,netdev=lan,mac=${spec.mac}${networkBoot(spec)}`],
    ...spec.disks.flatMap(({ serial }, index) => disk(serial, places.diskFiles[index]!, index)),
  ]
}

function acceleration(accelerator: Accelerator): string[] {
  switch (accelerator) {
    case 'kvm':
      return ['-accel', 'kvm', '-cpu', 'host']
    case 'tcg':
      // Not `max`: emulated AVX is three times slower than plain SSE, and five-level paging made kernels stumble at random.
      return ['-accel', 'tcg,thread=multi,tb-size=512', '-cpu', 'Nehalem']
  }
}

/** BIOS: QEMU's own choice of a ROM, iPXE from Debian's ipxe-qemu. UEFI brings its network boot; a ROM would put another in its place. */
function networkBoot(spec: MachineSpec): string {
  const rom = spec.firmware === 'bios' && spec.bootOrder !== 'disk-only' ? '' : ',romfile='
  return spec.bootOrder === 'disk-only' ? rom : `${rom},bootindex=1`
}

function firmware(spec: MachineSpec, places: MachinePlaces): string[] {
  if (spec.firmware === 'bios') return []
  return [
    ...['-drive', `if=pflash,unit=0,format=raw,readonly=on,file=${UEFI_CODE}`],
    ...['-drive', `if=pflash,unit=1,format=raw,file=${places.variablesFile}`],
    // The switch that setup menus call "IPv6 PXE support": the rack's network has none, and asking takes half a minute.
    ...['-fw_cfg', 'name=opt/org.tianocore/IPv6PXESupport,string=no'],
  ]
}

function disk(serial: string, file: string, index: number): string[] {
  return [
    // unsafe: flushes stay in the host's memory, which outlives the machine.
    ...['-drive', `if=none,id=disk${index},format=raw,file=${file},cache=unsafe,discard=unmap,detect-zeroes=unmap`],
    ...['-device', `virtio-blk-pci,drive=disk${index},serial=${serial},bootindex=${index + 2}`],
  ]
}
