// Whether an offer is one to follow: made for this site, by a central that knows the one before it, and not suddenly of nothing. Pure.
import type { Offer } from '../../../contract/central/follow.ts'
import { AppError } from '../../../contract/errors.ts'

/** undefined: it is to be followed. */
export function whyNotFollow(offer: Offer, site: string, held: Offer | undefined): AppError | undefined {
  if (offer.site !== site)
    return new AppError(
      'SITE_CENTRAL_NOT_PROVEN',
      `an offer for ${offer.site} came to ${site}`,
      'Somebody stands between the two and mixes what they say; look at the line.',
    )
  if (held !== undefined && (!offer.lineage.includes(held.id) || (offer.id !== held.id && offer.revision <= held.revision)))
    return wentBack(offer, held)
  if (held !== undefined && held.items.length > 0 && offer.items.length === 0 && offer.isEmptyOnPurpose !== true)
    return new AppError(
      'SITE_OFFER_EMPTY',
      `central offers nothing at all, and offered ${held.items.length} things before: it was probably emptied`,
      `All that is here stays. If nothing is meant, say so at central: platen site resume ${site}`,
    )
  return undefined
}

function wentBack(offer: Offer, held: Offer): AppError {
  return new AppError(
    'SITE_CENTRAL_WENT_BACK',
    `central offers revision ${offer.revision} and does not know revision ${held.revision}, which it made: it was emptied or restored from a backup`,
    `All that is here stays. If what central has now is right, say so there: platen site resume ${offer.site}`,
  )
}
