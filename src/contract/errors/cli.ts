// Failures of the command line itself.
export const CLI_ERRORS = {
  CLI_USAGE: { status: 400, exit: 64 },
  CLI_APPLIANCE_UNREACHABLE: { status: 503, exit: 69 },
} as const
