// Failures of the appliance as a process: configuration, ports, state on disk, requests.
export const APPLIANCE_ERRORS = {
  APPLIANCE_CONFIG_INVALID: { status: 400, exit: 78 },
  APPLIANCE_ALREADY_RUNNING: { status: 503, exit: 69 },
  APPLIANCE_PORT_TAKEN: { status: 503, exit: 69 },
  APPLIANCE_DISK_FULL: { status: 507, exit: 74 },
  APPLIANCE_STATE_DAMAGED: { status: 500, exit: 74 },
  APPLIANCE_STATE_UNREADABLE: { status: 500, exit: 74 },
  APPLIANCE_SECRET_UNUSABLE: { status: 500, exit: 78 },
  REQUEST_INVALID: { status: 400, exit: 64 },
  REQUEST_NOT_AUTHORISED: { status: 401, exit: 77 },
  REQUEST_NOT_FOUND: { status: 404, exit: 66 },
  REQUEST_TOO_LARGE: { status: 413, exit: 65 },
  REQUEST_TYPE_UNSUPPORTED: { status: 415, exit: 65 },
  REQUEST_FAILED: { status: 500, exit: 70 },
} as const
