// A location as people write it, cut into the rack and the place in it: "rack5/12", "dc1 rack 5 u12". Pure.
export interface Place {
  /** '' when nothing was written. */
  readonly rack: string
  readonly unit: string
}

const LAST_PART = /^(.*?)[\s,;/:_-]+((?:u|unit|slot|bay|#)?\s*\d+)$/i

export function placeOf(location: string | undefined): Place {
  const text = location?.trim() ?? ''
  const found = LAST_PART.exec(text)
  return found === null ? { rack: text, unit: '' } : { rack: found[1]!, unit: found[2]! }
}
