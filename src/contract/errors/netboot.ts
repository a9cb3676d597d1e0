// Failures of the netboot room: packets, transfers, loaders.
export const NETBOOT_ERRORS = {
  NETBOOT_OPTION_TRUNCATED: { status: 400, exit: 65 },
  NETBOOT_PACKET_MALFORMED: { status: 400, exit: 65 },
} as const
