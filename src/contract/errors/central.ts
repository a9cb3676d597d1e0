// Failures around what central keeps: functions, distributions, templates, sites.
export const CENTRAL_ERRORS = {
  CENTRAL_OBJECT_NOT_FOUND: { status: 404, exit: 66 },
  CENTRAL_OBJECT_INVALID: { status: 422, exit: 65 },
  CENTRAL_OBJECT_FROM_ELSEWHERE: { status: 409, exit: 73 },
  CENTRAL_OBJECT_IN_USE: { status: 409, exit: 75 },
  FUNCTION_NOT_SUPPORTED: { status: 409, exit: 65 },
  FUNCTION_NEEDS_UNMET: { status: 409, exit: 65 },
  FUNCTION_PARAMETER_INVALID: { status: 422, exit: 65 },
  TEMPLATE_NOT_RENDERED: { status: 422, exit: 65 },
} as const
