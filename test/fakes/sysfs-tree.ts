// A /sys and /proc of a server in a temporary folder: paths and values as Linux 6.12 shows them. Removed with `using`.
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'

const AHCI = 'pci0000:00/0000:00:1f.2'
const SATA = `${AHCI}/ata3/host2/target2:0:0/2:0:0:0`
const HBA = 'pci0000:00/0000:00:03.0/0000:03:00.0/host7'
const SAS = `${HBA}/port-7:0/end_device-7:0/target7:0:0/7:0:0:0`
const NVME = 'pci0000:00/0000:00:1d.0/0000:04:00.0/nvme/nvme0'
const USB = 'pci0000:00/0000:00:14.0/usb2/2-1/2-1.4/2-1.4:1.0/host9/target9:0:0/9:0:0:0'
const VIRTIO = 'pci0000:00/0000:00:02.0/virtio1'
const VIRTIO_SCSI = 'pci0000:00/0000:00:05.0/virtio3/host5/target5:0:2/5:0:2:0'

/** Four bytes of head, then the serial. */
const page80 = (serial: string) => `\0\u0080\0${String.fromCharCode(serial.length)}${serial}`

const DISKS: Record<string, { device: string; block?: string; files: Record<string, string> }> = {
  sda: {
    device: SATA,
    files: {
      size: '7814037168',
      'queue/logical_block_size': '512',
      'queue/physical_block_size': '4096',
      'queue/rotational': '1',
      'device/model': 'ST4000NM0035-1V4',
      'device/vendor': 'ATA     ',
      'device/wwid': 'naa.5000c500a1b2c3d4',
      'device/vpd_pg80': page80('            ZC1A2B3C'),
    },
  },
  sdb: {
    device: SAS,
    files: {
      size: '585937500',
      'queue/logical_block_size': '4096',
      'device/vendor': 'SEAGATE ',
      'device/model': 'ST300MM0006     ',
      'device/wwid': 'naa.5000c50087654321',
    },
  },
  sdc: { device: USB, files: { size: '30031872', removable: '1', 'device/vendor': 'SanDisk ', 'device/model': 'Cruzer Blade' } },
  sdd: {
    device: VIRTIO_SCSI,
    files: {
      size: '2097152',
      'device/vendor': 'QEMU',
      'device/model': 'QEMU HARDDISK',
      'device/wwid': 't10.ATA QEMU HARDDISK QM00005',
    },
  },
  nvme0n1: {
    device: NVME,
    block: `${NVME}/nvme0n1`,
    files: {
      size: '1953525168',
      nsid: '1',
      wwid: 'eui.0025385b71b0c1d2',
      'device/serial': 'S4EVNX0N123456  ',
      'device/model': 'Samsung SSD 970 PRO 512GB               ',
    },
  },
  vda: { device: VIRTIO, files: { size: '83886080', serial: 'platen-a', 'device/vendor': '0x1af4', ro: '1' } },
  nvme1c1n1: { device: 'virtual/nvme-subsystem/nvme-subsys1', files: { size: '100', hidden: '1' } },
  loop0: { device: 'virtual/none', files: { size: '100' } },
  'dm-0': { device: 'virtual/none', files: { size: '100' } },
  mmcblk0boot0: { device: 'virtual/none', files: { size: '8192' } },
  sr0: { device: 'virtual/none', files: { size: '2097151' } },
  sde: { device: 'virtual/none', files: { size: '0' } },
}

const SECURE_BOOT = 'sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c'

export class SysfsTree implements Disposable {
  readonly root = mkdtempSync(join(tmpdir(), 'platen-sysfs-'))

  constructor({ secureBoot }: { secureBoot?: 0 | 1 } = {}) {
    for (const [name, { device, block = `${device}/block/${name}`, files }] of Object.entries(DISKS)) {
      const path = `sys/devices/${block}`
      mkdirSync(join(this.root, path), { recursive: true })
      this.#link(`sys/block/${name}`, path)
      this.#link(`${path}/device`, `sys/devices/${device}`)
      for (const [file, text] of Object.entries(files))
        this.file(file.startsWith('device/') ? `sys/devices/${device}/${file.slice(7)}` : `${path}/${file}`, text)
    }
    this.file(`sys/devices/${AHCI}/ata3/ata_port/ata3/port_no`, '3')
    this.file(`sys/devices/${HBA}/port-7:0/end_device-7:0/sas_device/end_device-7:0/sas_address`, '0x5000c50087654322')
    this.#nic(
      'eno1',
      'pci0000:00/0000:00:1c.0/0000:02:00.0',
      { address: 'AC:1F:6B:00:11:22', carrier: '1', speed: '10000' },
      'ixgbe',
    )
    this.#nic(
      'eno2',
      'pci0000:00/0000:00:1c.0/0000:02:00.1',
      { address: 'ac:1f:6b:00:11:23', carrier: '0', speed: '-1' },
      'ixgbe',
    )
    this.file('sys/devices/virtual/net/lo/address', '00:00:00:00:00:00')
    this.#link('sys/class/net/lo', 'sys/devices/virtual/net/lo')
    const dmi = {
      product_uuid: '4C4C4544-0051-3610-8052-B4C04F4E5931',
      product_serial: 'Q6NY1\u0007',
      sys_vendor: 'Dell Inc.',
      product_name: 'PowerEdge R740 ',
      board_serial: '',
    }
    for (const [name, text] of Object.entries(dmi)) this.file(`sys/class/dmi/id/${name}`, text)
    this.file(
      'proc/cpuinfo',
      ['processor\t: 0', 'model name\t: Intel(R) Xeon(R) Silver 4110 CPU @ 2.10GHz', 'processor\t: 1', ''].join('\n'),
    )
    this.file('proc/meminfo', 'MemTotal:       32823352 kB\nMemFree: 1 kB')
    if (secureBoot !== undefined) this.file(SECURE_BOOT, `\u0006\0\0\0${String.fromCharCode(secureBoot)}`, '')
  }

  file(path: string, text: string, end = '\n'): void {
    mkdirSync(dirname(join(this.root, path)), { recursive: true })
    writeFileSync(join(this.root, path), Buffer.from(text + end, 'latin1'))
  }

  #link(path: string, target: string): void {
    mkdirSync(dirname(join(this.root, path)), { recursive: true })
    mkdirSync(join(this.root, target), { recursive: true })
    symlinkSync(relative(dirname(path), target), join(this.root, path))
  }

  #nic(name: string, device: string, files: Record<string, string>, driver: string): void {
    const path = `sys/devices/${device}/net/${name}`
    for (const [file, text] of Object.entries(files)) this.file(`${path}/${file}`, text)
    this.#link(`sys/class/net/${name}`, path)
    this.#link(`${path}/device`, `sys/devices/${device}`)
    const driverLink = join(this.root, `sys/devices/${device}/driver`)
    mkdirSync(join(this.root, 'sys/bus/pci/drivers', driver), { recursive: true })
    symlinkSync(`../../../../../bus/pci/drivers/${driver}`, driverLink)
  }

  [Symbol.dispose](): void {
    rmSync(this.root, { recursive: true, force: true })
  }
}
