// The machine that most tests put into a rack: its names, addresses and serial numbers follow from a label and a number. Pure.
import type { MachineSpec } from './qemu-arguments.ts'

export interface SmallMachine extends Pick<MachineSpec, 'firmware' | 'architecture' | 'networkBoot' | 'secureBoot'> {
  /** c: node-c with the serial numbers RACK-C and DISK-C. */
  readonly label: string
  /** Four hex digits, at the end of its MAC and of its system UUID. */
  readonly number: string
  /** Left out: 1 GiB. */
  readonly diskBytes?: number
}

export function smallMachine({ label, number, diskBytes = 1024 ** 3, ...own }: SmallMachine): MachineSpec {
  const serial = label.toUpperCase()
  return {
    ...own,
    name: `node-${label}`,
    mac: `52:54:00:77:${number.slice(0, 2)}:${number.slice(2)}`,
    systemUuid: `7a0c1d52-3f64-4b8e-9c11-52540077${number}`,
    serialNumber: `RACK-${serial}`,
    disks: [{ serial: `DISK-${serial}`, sizeBytes: diskBytes }],
    memoryMiB: 1536,
    // One: emulated processors that patch the kernel under each other make it crash at random (seen with QEMU 7.2 under load).
    cpus: 1,
    bootOrder: 'network-then-disk',
  }
}
