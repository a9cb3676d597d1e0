// Which sites a change comes to now: ring by ring. A ring waits for the ones before: each site of them that is in contact has to hold what it was
// offered, and one at least. So a site that was cut off for a month holds up nobody, and nobody is the first without a look at another. Pure.

export interface RingSite {
  readonly name: string
  /** Left out: it comes last. */
  readonly ring?: string
  /** Something waits that it was not offered yet. */
  readonly isWaiting: boolean
  /** It holds all that it was offered. */
  readonly isComplete: boolean
  readonly isInContact: boolean
}

export function sitesToOffer(sites: readonly RingSite[], order: readonly string[], isStopped: boolean): readonly string[] {
  if (isStopped) return []
  const placeOf = ({ ring }: RingSite): number => {
    const place = ring === undefined ? -1 : order.indexOf(ring)
    return place === -1 ? order.length : place
  }
  const places = [...new Set(sites.map(placeOf))].sort((a, b) => a - b)
  const offered: string[] = []
  for (const place of places) {
    const here = sites.filter((site) => placeOf(site) === place)
    offered.push(...here.filter(({ isWaiting }) => isWaiting).map(({ name }) => name))
    if (here.some(({ isWaiting }) => isWaiting)) break
    const reached = here.filter(({ isInContact }) => isInContact)
    if (reached.length === 0 || reached.some(({ isComplete }) => !isComplete)) break
  }
  return offered
}
