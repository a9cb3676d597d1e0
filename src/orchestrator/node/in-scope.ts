// Which machines somebody sees who does not see all. Pure.
import type { Scope } from '../../contract/people.ts'

export interface ScopedNode {
  readonly location?: string
  isMember(className: string): boolean
}

/** Where it is, or what class it is in. What says nothing of either sees nothing. */
export function isInScope({ locations = [], classes = [] }: Scope, node: ScopedNode): boolean {
  const { location } = node
  const isThere = location !== undefined && locations.some((place) => isWithin(location, place))
  return isThere || classes.some((name) => node.isMember(name))
}

/** "Room 2, rack 5" is within "Room 2"; "rack 51" is not within "rack 5". */
function isWithin(location: string, place: string): boolean {
  const [here, there] = [location, place].map((text) => text.trim().toLowerCase()) as [string, string]
  return here === there || (here.startsWith(there) && /^\s*[,/;]/.test(here.slice(there.length)))
}
