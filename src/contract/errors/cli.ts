// Failures of the command line itself.
export const CLI_ERRORS = {
  CLI_USAGE: { status: 400, exit: 64 },
  CLI_NOT_CONFIRMED: { status: 409, exit: 64 },
  CLI_NO_NODES: { status: 404, exit: 66 },
  CLI_CODE_UNKNOWN: { status: 404, exit: 66 },
  CLI_CONTEXT_UNKNOWN: { status: 404, exit: 66 },
  CLI_CONTEXTS_INVALID: { status: 422, exit: 78 },
  CLI_BATCH_INVALID: { status: 422, exit: 65 },
  CLI_APPLIANCE_UNREACHABLE: { status: 503, exit: 69 },
  CLI_CA_REFUSED: { status: 502, exit: 77 },
  CLI_TOKEN_UNREADABLE: { status: 401, exit: 77 },
  CLI_JOB_NOT_SUCCEEDED: { status: 409, exit: 75 },
  CLI_PROBLEMS_FOUND: { status: 409, exit: 75 },
  CLI_FILE_FAILED: { status: 500, exit: 74 },
  CLI_MAKE_FAILED: { status: 500, exit: 70 },
  CLI_CERTIFICATE_NOT_GENUINE: { status: 409, exit: 65 },
} as const
