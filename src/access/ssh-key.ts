// The key by which this appliance logs into running nodes: <dataDir>/secrets/ssh-key (0600), made at the first start. Touches that file.
import { chmod } from 'node:fs/promises'
import { join } from 'node:path'
import ssh2 from 'ssh2'
import type { SshKeyView } from '../contract/operator-api.ts'
import { sshFingerprintOf } from '../contract/ssh-fingerprint.ts'
import { readOrMakeSecret, unusable } from './secrets.ts'

export interface SshKey extends SshKeyView {
  readonly privateKey: string
}

export async function openSshKey(dataDir: string): Promise<SshKey> {
  const path = join(dataDir, 'secrets', 'ssh-key')
  const privateKey = `${await readOrMakeSecret(path, makeKey)}\n`
  await chmod(path, 0o600)
  const parsed = ssh2.utils.parseKey(privateKey)
  if (parsed instanceof Error) throw unusable(path, `it is not a private key (${parsed.message})`)
  const bytes = parsed.getPublicSSH()
  return { privateKey, publicKey: `${parsed.type} ${bytes.toString('base64')} platen`, fingerprint: sshFingerprintOf(bytes) }
}

/** ssh2 pads one key in some hundreds wrongly and cannot read it afterwards; then another one is made. */
function makeKey(): string {
  for (;;) {
    const made = ssh2.utils.generateKeyPairSync('ed25519', { comment: 'platen' }).private.trim()
    if (!(ssh2.utils.parseKey(`${made}\n`) instanceof Error)) return made
  }
}
