// Runs one command on a machine over SSH. Opens one connection; says in words what kept it from getting there.
import ssh2 from 'ssh2'
import { sshFingerprintOf } from '../../contract/ssh-fingerprint.ts'

export interface SshTarget {
  readonly host: string
  readonly port: number
  readonly user: string
  readonly privateKey: string
  /** The key that the machine showed before; undefined: any, at the first contact. */
  readonly knownHostKey: string | undefined
}

export type SshEnd =
  /** exitCode undefined: the connection ended before the command did, as it does when the machine goes down. */
  | { readonly kind: 'ran'; readonly exitCode: number | undefined; readonly lastLines: string; readonly hostKey: string }
  | { readonly kind: 'unreachable' | 'refused'; readonly reason: string }
  | { readonly kind: 'host-key-changed'; readonly hostKey: string }

const CONNECT_TIMEOUT_MS = 15_000
/** A machine that goes down without a word leaves the connection open. */
const COMMAND_TIMEOUT_MS = 30_000
const KEPT_CHARS = 2000

export function runOverSsh(target: SshTarget, command: string): Promise<SshEnd> {
  const { host, port, user: username, privateKey, knownHostKey } = target
  const client = new ssh2.Client()
  let hostKey = ''
  let hasStarted = false
  return new Promise<SshEnd>((resolve) => {
    let said = ''
    let exitCode: number | undefined
    const finish = (end: SshEnd) => {
      clearTimeout(timer)
      client.destroy()
      resolve(end)
    }
    const ran = () => finish({ kind: 'ran', exitCode, lastLines: said.trim(), hostKey })
    const timer = setTimeout(
      () => (hasStarted ? ran() : finish(unreachable('no answer'))),
      CONNECT_TIMEOUT_MS + COMMAND_TIMEOUT_MS,
    )
    client.on('ready', () => {
      client.exec(command, (error, channel) => {
        if (error !== undefined) return finish({ kind: 'refused', reason: error.message })
        hasStarted = true
        const keep = (bytes: Buffer) => {
          said = (said + bytes.toString()).slice(-KEPT_CHARS)
        }
        channel.on('data', keep)
        channel.stderr.on('data', keep)
        channel.on('exit', (code: number | null) => {
          exitCode = code ?? undefined
        })
        channel.on('close', ran)
      })
    })
    client.on('error', (error) => {
      if (hasStarted) return ran()
      if (knownHostKey !== undefined && hostKey !== '' && hostKey !== knownHostKey)
        return finish({ kind: 'host-key-changed', hostKey })
      finish(error.level === 'client-authentication' ? { kind: 'refused', reason: error.message } : unreachable(error.message))
    })
    client.on('close', () => (hasStarted ? ran() : finish(unreachable('the connection was closed'))))
    client.connect({
      host,
      port,
      username,
      privateKey,
      readyTimeout: CONNECT_TIMEOUT_MS,
      hostVerifier: (key: Buffer) => {
        hostKey = sshFingerprintOf(key)
        return knownHostKey === undefined || knownHostKey === hostKey
      },
    })
  })
}

function unreachable(reason: string): SshEnd {
  return { kind: 'unreachable', reason }
}
