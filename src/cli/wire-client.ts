// The part of the operator API about how the appliance is spoken to: its CA. Over HTTP.
import type { Static, TSchema } from 'typebox'
import { type CaRotation, CaView } from '../contract/certificates.ts'
import { SigningKeyList } from '../contract/version-signature.ts'
import { keepCa } from './trust-ca.ts'

export interface WireApi {
  ca(): Promise<CaView>
  rotateCa(rotation: CaRotation): Promise<CaView>
  /** The one that signs now first. */
  signingKeys(): Promise<SigningKeyList['keys']>
  rotateSigningKey(): Promise<SigningKeyList['keys']>
  /** From now on this person's commands believe this appliance by the CA with this fingerprint. Gives the file that keeps it. */
  trustCa(fingerprint: string): Promise<string>
}

interface WireClientDeps {
  readonly ask: <T extends TSchema>(method: string, path: string, answer: T, body?: unknown) => Promise<Static<T>>
  readonly url: string
  readonly keptCaFile: string
  readonly signal: AbortSignal
}

export function createWireClient({ ask, url, keptCaFile, signal }: WireClientDeps): WireApi {
  return {
    ca: () => ask('GET', '/ca', CaView),
    rotateCa: (rotation) => ask('POST', '/ca/rotate', CaView, rotation),
    signingKeys: async () => (await ask('GET', '/signing-keys', SigningKeyList)).keys,
    rotateSigningKey: async () => (await ask('POST', '/signing-keys/rotate', SigningKeyList)).keys,
    async trustCa(fingerprint) {
      await keepCa(url, fingerprint, keptCaFile, signal)
      return keptCaFile
    },
  }
}
