// The name by which people know an SSH key. Pure.
import { createHash } from 'node:crypto'

/** As ssh-keygen -l shows it. */
export function sshFingerprintOf(publicKey: Buffer): string {
  return `SHA256:${createHash('sha256').update(publicKey).digest('base64').replace(/=+$/, '')}`
}
