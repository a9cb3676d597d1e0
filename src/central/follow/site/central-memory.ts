// What a site keeps of the central that it follows. Types.
import type { Offer, SitePolicy } from '../../../contract/central/follow.ts'

export interface CentralRecord {
  readonly id: 'central'
  readonly url: string
  /** Its name there. */
  readonly site: string
  /** Central's key: what is not signed by it is not believed. */
  readonly publicKey: string
  /** PEM. Left out: central has no authority of its own. */
  readonly authority?: string
  readonly joinedAt: string
  /** The newest offer that was accepted. */
  readonly offer?: Offer
  /** It had all of an offer once: from then on content waits for its window. */
  readonly wasComplete?: true
}

export const policyOf = ({ offer }: CentralRecord): SitePolicy => offer?.policy ?? { mayPublish: false }
