// Failures that the agent meets on its machine: disks, tools, scripts. It reports them by these codes.
export const AGENT_ERRORS = {
  AGENT_COMMAND_FAILED: { status: 500, exit: 70 },
  AGENT_DISK_NOT_MATCHED: { status: 409, exit: 78 },
  AGENT_DISK_HAS_DATA: { status: 409, exit: 77 },
  AGENT_SCRIPT_FAILED: { status: 500, exit: 70 },
  AGENT_TOKEN_REFUSED: { status: 401, exit: 77 },
} as const
