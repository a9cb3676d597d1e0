// Failures of people and their tokens: who may not, who could not prove who they are.
export const PEOPLE_ERRORS = {
  REQUEST_ROLE_TOO_LOW: { status: 403, exit: 77 },
  REQUEST_OUT_OF_SCOPE: { status: 403, exit: 77 },
  REQUEST_ORIGIN_FOREIGN: { status: 403, exit: 77 },
  LOGIN_REFUSED: { status: 401, exit: 77 },
  LOGIN_CODE_NEEDED: { status: 401, exit: 77 },
  SECOND_FACTOR_REFUSED: { status: 401, exit: 77 },
  LOGIN_LOCKED: { status: 429, exit: 75 },
  FIRST_ADMIN_REFUSED: { status: 401, exit: 77 },
  USER_NOT_FOUND: { status: 404, exit: 66 },
  USER_NAME_TAKEN: { status: 409, exit: 73 },
  TOKEN_NOT_FOUND: { status: 404, exit: 66 },
  TOKEN_NAME_TAKEN: { status: 409, exit: 73 },
  SECRET_NOT_FOUND: { status: 404, exit: 66 },
  AUDIT_BROKEN: { status: 409, exit: 65 },
} as const
