// Failures of the netboot room: packets, transfers, loaders, interfaces, leases.
export const NETBOOT_ERRORS = {
  NETBOOT_PACKET_MALFORMED: { status: 400, exit: 65 },
  NETBOOT_CONFIG_INVALID: { status: 400, exit: 78 },
  NETBOOT_SUBNETS_OVERLAP: { status: 400, exit: 78 },
  NETBOOT_RANGE_INVALID: { status: 400, exit: 78 },
  NETBOOT_RANGES_OVERLAP: { status: 400, exit: 78 },
  NETBOOT_RESERVATION_INVALID: { status: 400, exit: 78 },
  NETBOOT_ADDRESS_TWICE: { status: 400, exit: 78 },
  NETBOOT_MODE_GIVES_NO_ADDRESSES: { status: 400, exit: 78 },
  NETBOOT_INTERFACE_UNUSABLE: { status: 503, exit: 78 },
  NETBOOT_LEASES_UNREADABLE: { status: 500, exit: 74 },
} as const
