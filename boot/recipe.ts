// What goes into the boot OS: packages, kernel modules, what is cut away again, and how big it may be. Data only.
import type { Architecture } from '../src/contract/values.ts'

export const DEBIAN_ARCHITECTURE: Record<Architecture, string> = { x64: 'amd64', arm64: 'arm64' }

/** Loaders, kernel, initrd and agent of one architecture together. Old BIOS machines load all of it below 4 GB. */
export const MAXIMUM_TOTAL_BYTES = 130_000_000
/** The same with the additions of a variant: whoever adds knows the machines. */
export const MAXIMUM_VARIANT_BYTES = 250_000_000

const COMMON_PACKAGES = [
  'busybox-static',
  'dash', // busybox's own shell prefers its applets to the real programs
  'kmod',
  'libc-bin', // the locale C.UTF-8
  'libstdc++6', // of the Node binary
  'libatomic1', // of the Node binary, arm64
  // disks, tables, volumes
  'fdisk',
  'gdisk',
  'parted',
  'lvm2',
  'mdadm',
  'cryptsetup-bin',
  'nvme-cli',
  'hdparm',
  'smartmontools',
  'mount', // busybox's knows neither --make-rslave nor filesystems that are modules
  'util-linux',
  // filesystems
  'partclone',
  'e2fsprogs',
  'xfsprogs',
  'btrfs-progs',
  'dosfstools',
  'mtools',
  'exfatprogs',
  'ntfs-3g',
  'f2fs-tools',
  // making a disk start, and starting another kernel
  'grub2-common',
  'efibootmgr',
  'kexec-tools',
  // archives
  'tar',
  'zstd',
  'xz-utils',
  // the network
  'iproute2',
  'ethtool',
]

export const SYSTEM_PACKAGES: Record<Architecture, readonly string[]> = {
  x64: [...COMMON_PACKAGES, 'grub-pc-bin', 'grub-efi-amd64-bin'],
  arm64: [...COMMON_PACKAGES, 'grub-efi-arm64-bin'],
}

export const KERNEL_PACKAGE: Record<Architecture, string> = { x64: 'linux-image-amd64', arm64: 'linux-image-arm64' }

/** Only the files of these that the chosen modules ask for are taken. */
export const FIRMWARE_PACKAGES = [
  'firmware-bnx2',
  'firmware-bnx2x',
  'firmware-intel-misc',
  'firmware-misc-nonfree',
  'firmware-qlogic',
  'firmware-realtek',
]

export const LOADER_PACKAGES: Record<Architecture, readonly string[]> = {
  x64: ['ipxe', 'shim-signed', 'grub-efi-amd64-signed'],
  arm64: ['ipxe', 'shim-signed', 'grub-efi-arm64-signed'],
}

/** Run by the build, whatever this machine has: what they write is part of the initrd. */
export const TOOL_PACKAGES = ['squashfs-tools']

/** Name under loaders/ -> file of the packages above. */
export const LOADER_FILES: Record<Architecture, Readonly<Record<string, string>>> = {
  x64: {
    'undionly.kpxe': 'usr/lib/ipxe/undionly.kpxe',
    'ipxe.pxe': 'usr/lib/ipxe/ipxe.pxe',
    'ipxe-x64.efi': 'usr/lib/ipxe/ipxe-amd64.efi',
    'snponly-x64.efi': 'usr/lib/ipxe/snponly.efi',
    'shimx64.efi': 'usr/lib/shim/shimx64.efi.signed',
    'grubx64.efi': 'usr/lib/grub/x86_64-efi-signed/grubnetx64.efi.signed',
  },
  arm64: {
    'ipxe-arm64.efi': 'usr/lib/ipxe/ipxe-arm64.efi',
    'shimaa64.efi': 'usr/lib/shim/shimaa64.efi.signed',
    'grubaa64.efi': 'usr/lib/grub/arm64-efi-signed/grubnetaa64.efi.signed',
  },
}

/** Dependencies that serve maintainer scripts, services or people at a desk: the boot OS runs none of these. */
export const LEFT_OUT_PACKAGES = [
  'debconf',
  'debianutils',
  'dpkg',
  'fuse3', // ntfs-3g mounts; the kernel's ntfs3 does
  'gettext-base',
  'init-system-helpers',
  'initramfs-tools',
  'install-info',
  'libicu76', // 40 MB for xfs_scrub alone
  'libpam-modules',
  'libpam-runtime',
  'linux-base',
  'mokutil',
  'perl',
  'python3',
  'python3-dbus',
  'sensible-utils',
  'shim-helpers-amd64-signed',
  'shim-helpers-arm64-signed',
  'shim-signed-common',
  'systemd',
  'sysvinit-utils',
  'udev',
  'uuid-runtime',
]

/** Folders and files below kernel/ whose modules are taken; what they depend on follows. */
export const MODULE_FOLDERS = [
  'arch/',
  'crypto/',
  'drivers/ata/',
  'drivers/block/',
  'drivers/char/ipmi/',
  'drivers/cdrom/',
  'drivers/hid/hid-generic',
  'drivers/hid/hid-hyperv',
  'drivers/hid/usbhid/',
  'drivers/hv/',
  'drivers/input/serio/',
  'drivers/md/',
  'drivers/message/fusion/',
  'drivers/mmc/core/',
  'drivers/mmc/host/sdhci',
  'drivers/net/ethernet/',
  'drivers/net/hyperv/',
  'drivers/net/mdio/',
  'drivers/net/mii',
  'drivers/net/net_failover',
  'drivers/net/phy/',
  'drivers/net/usb/',
  'drivers/net/virtio_net',
  'drivers/net/vmxnet3/',
  'drivers/net/xen-netfront',
  'drivers/nvme/common/',
  'drivers/nvme/host/',
  'drivers/nvdimm/',
  'drivers/pci/controller/',
  'drivers/scsi/',
  'drivers/usb/common/',
  'drivers/usb/core/',
  'drivers/usb/host/',
  'drivers/usb/storage/',
  'drivers/virtio/',
  'drivers/xen/',
  'fs/btrfs/',
  'fs/efivarfs/',
  'fs/exfat/',
  'fs/ext4/',
  'fs/f2fs/',
  'fs/fat/',
  'fs/isofs/',
  'fs/jbd2/',
  'fs/mbcache',
  'fs/nls/',
  'fs/ntfs3/',
  'fs/overlayfs/',
  'fs/squashfs/',
  'fs/udf/',
  'fs/xfs/',
  'lib/',
  'net/packet/',
]

/** Parts of the folders above that no server boots from, and that would cost much. */
export const MODULES_LEFT_OUT = [
  'arch/x86/kvm/',
  'arch/arm64/kvm/',
  'drivers/block/drbd/',
  'drivers/block/null_blk/',
  'drivers/block/rbd',
  'drivers/block/rnbd/',
  'drivers/block/zram/',
  'drivers/md/dm-vdo/',
  'drivers/md/md-cluster',
  'drivers/net/ethernet/brocade/',
  'drivers/net/ethernet/chelsio/inline_crypto/',
  'drivers/net/ethernet/mellanox/mlxsw/',
  'drivers/scsi/pcmcia/',
  'drivers/net/ethernet/neterion/',
  'drivers/nvme/host/nvme-rdma',
  'drivers/scsi/be2iscsi/',
  'drivers/scsi/bfa/',
  'drivers/scsi/bnx2fc/',
  'drivers/scsi/bnx2i/',
  'drivers/scsi/csiostor/',
  'drivers/scsi/cxgbi/',
  'drivers/scsi/fcoe/',
  'drivers/scsi/qedf/',
  'drivers/scsi/qedi/',
  'drivers/scsi/qla4xxx/',
  'drivers/scsi/scsi_debug',
  'lib/test_',
]

/** Cut from the unpacked packages: what nobody reads in a boot OS. */
export const PATHS_LEFT_OUT = [
  'boot',
  'etc/bash_completion.d',
  'etc/cron.d',
  'etc/cron.daily',
  'etc/default',
  'etc/grub.d',
  'etc/init.d',
  'etc/logcheck',
  'etc/rc*',
  'usr/bin/btrfs-{find-root,image,map-logical,select-super}',
  'usr/bin/btrfs{ck,tune}',
  'usr/bin/grub-{file,fstest,glue-efi,kbd2layout,macbless,menulst2cfg,mkfont,mklayout,mknetdir,mkpasswd-pbkdf2,mkrescue,mkstandalone}',
  'usr/bin/grub-{mount,ntldr-img,render-label,syslinux2cfg}',
  'usr/bin/lastlog2', // with it goes SQLite
  'usr/{bin,sbin}/{ntfsdecrypt,ntfssecaudit}', // with it goes all of GnuTLS
  'usr/bin/pzstd',
  'usr/{bin,sbin}/ss', // with it goes all of Kerberos
  'usr/lib/grub/*/monolithic',
  'usr/lib/grub/*-signed',
  'usr/lib/gconv',
  'usr/lib/initramfs-tools',
  'usr/lib/*/gconv',
  'usr/lib/python3',
  'usr/lib/systemd',
  'usr/lib/sysctl.d',
  'usr/lib/udev',
  'usr/sbin/{arpd,tc}',
  'usr/sbin/grub-macbless',
  'usr/sbin/{smartd,update-smart-drivedb}', // smartctl alone
  'usr/sbin/xfs_scrub',
  'usr/sbin/xfs_scrub_all',
  'usr/share/bash-completion',
  'usr/share/bug',
  'usr/share/doc',
  'usr/share/doc-base',
  'usr/share/gdb',
  'usr/share/info',
  'usr/share/initramfs-tools',
  'usr/share/lintian',
  'usr/share/locale',
  'usr/share/man',
  'usr/share/metainfo',
  'usr/share/pixmaps',
  'usr/share/polkit-1',
  'usr/share/reportbug',
  'usr/share/smartmontools',
  'usr/share/xfsprogs',
  'usr/share/zsh',
  'var',
]
