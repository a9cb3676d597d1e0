// Failures between an agent and several appliances: credentials, the list of appliances, and the older XML.
export const DIRECTORY_ERRORS = {
  AGENT_CREDENTIAL_REFUSED: { status: 401, exit: 77 },
  AGENT_CREDENTIAL_NAME_TAKEN: { status: 409, exit: 73 },
  AGENT_CREDENTIAL_NOT_FOUND: { status: 404, exit: 66 },
  AGENT_APPLIANCE_UNREACHABLE: { status: 503, exit: 69 },
  APPLIANCE_NOT_LISTED: { status: 404, exit: 66 },
  XML_INVALID: { status: 422, exit: 65 },
  JOB_LIST_INVALID: { status: 422, exit: 65 },
} as const
