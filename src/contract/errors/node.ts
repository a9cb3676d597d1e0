// Failures around nodes: identity, approval, life.
export const NODE_ERRORS = {
  NODE_NOT_FOUND: { status: 404, exit: 66 },
  NODE_NAME_INVALID: { status: 422, exit: 65 },
  NODE_NAME_TAKEN: { status: 409, exit: 73 },
  NODE_NOT_HELD: { status: 409, exit: 75 },
  NODE_BUSY: { status: 409, exit: 75 },
  NODE_MERGE_REFUSED: { status: 422, exit: 65 },
  NODE_SPLIT_REFUSED: { status: 422, exit: 65 },
  NODE_RULE_NOT_FOUND: { status: 404, exit: 66 },
  NODE_CLASS_NOT_FOUND: { status: 404, exit: 66 },
  NODE_CLASS_WANTS_NOTHING: { status: 409, exit: 65 },
  NODE_CLASS_COUNT_DISAGREES: { status: 409, exit: 65 },
  NODE_NOT_APPROVED: { status: 409, exit: 77 },
} as const
