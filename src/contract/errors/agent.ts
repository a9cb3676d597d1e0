// Failures that the agent meets on its machine: disks, tools, scripts. It reports them by these codes.
export const AGENT_ERRORS = {
  AGENT_ANSWER_UNEXPECTED: { status: 502, exit: 76 },
  AGENT_COMMAND_FAILED: { status: 500, exit: 70 },
  AGENT_CONFIG_INVALID: { status: 400, exit: 78 },
  AGENT_DISK_NOT_MATCHED: { status: 409, exit: 78 },
  AGENT_DISK_HAS_DATA: { status: 409, exit: 77 },
  AGENT_FILE_CORRUPT: { status: 422, exit: 74 },
  AGENT_LAYOUT_DOES_NOT_FIT: { status: 422, exit: 65 },
  AGENT_PATH_INVALID: { status: 422, exit: 65 },
  AGENT_SCRIPT_FAILED: { status: 500, exit: 70 },
  AGENT_STEP_FAILED: { status: 500, exit: 70 },
  AGENT_STEP_TIMED_OUT: { status: 504, exit: 75 },
  AGENT_STEP_UNKNOWN: { status: 501, exit: 69 },
  AGENT_TEMPLATE_INVALID: { status: 422, exit: 65 },
  AGENT_TRIAL_MEMORY: { status: 409, exit: 69 },
  AGENT_TRIAL_UNFIT: { status: 422, exit: 65 },
  AGENT_TOKEN_REFUSED: { status: 401, exit: 77 },
} as const
