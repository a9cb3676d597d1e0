// The SSH client of the appliance against OpenSSH's own server on loopback: another implementation than the one that it is made of.
// Only the program of Debian's openssh-server is used; its service need not run.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openSshKey, type SshKey } from '../../../src/access/ssh-key.ts'
import { runOverSsh } from '../../../src/orchestrator/remote/ssh-command.ts'
import { freePort } from '../../fakes/free-port.ts'
import { needs, pathOf, program, ROOT } from '../../needs.ts'

describe('OpenSSH', needs(ROOT, program('sshd')), () => {
  let folder: string
  let key: SshKey
  let port: number
  let server: ChildProcess
  let hostKey: string

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'platen-sshd-'))
    mkdirSync(join(folder, 'secrets'))
    mkdirSync('/run/sshd', { recursive: true })
    key = await openSshKey(folder)
    writeFileSync(join(folder, 'authorized_keys'), `${key.publicKey}\n`, { mode: 0o600 })
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(folder, 'host')])
    hostKey = execFileSync('ssh-keygen', ['-l', '-f', join(folder, 'host.pub')], { encoding: 'utf8' }).split(' ')[1]!
    port = await freePort()
    const lines = [
      `Port ${port}`,
      'ListenAddress 127.0.0.1',
      `HostKey ${join(folder, 'host')}`,
      `AuthorizedKeysFile ${join(folder, 'authorized_keys')}`,
      `PidFile ${join(folder, 'pid')}`,
      'StrictModes no',
      'UsePAM no',
      'PermitRootLogin prohibit-password',
    ]
    writeFileSync(join(folder, 'config'), `${lines.join('\n')}\n`)
    server = spawn(pathOf('sshd')!, ['-D', '-e', '-f', join(folder, 'config')], { stdio: ['ignore', 'ignore', 'pipe'] })
    let said = ''
    for await (const bytes of server.stderr!) {
      said += bytes
      if (said.includes('Server listening')) break
    }
    server.stderr!.resume()
  })

  afterAll(async () => {
    if (server?.exitCode === null) {
      server.kill()
      await once(server, 'exit')
    }
    rmSync(folder, { recursive: true, force: true })
  })

  const target = (change = {}) => ({
    host: '127.0.0.1',
    port,
    user: 'root',
    privateKey: key.privateKey,
    knownHostKey: hostKey,
    ...change,
  })

  it('lets it in by its key, shows the host key that ssh-keygen tells, and runs the command', async () => {
    const end = await runOverSsh(target(), `echo reboot-now >${join(folder, 'ran')}`)
    expect(end).toMatchObject({ kind: 'ran', exitCode: 0, hostKey })
    expect(readFileSync(join(folder, 'ran'), 'utf8')).toBe('reboot-now\n')
  })

  it('cuts the connection in mid-command, as a restart does', async () => {
    expect(await runOverSsh(target(), 'kill -9 $PPID')).toMatchObject({ kind: 'ran', exitCode: undefined })
  })

  it('is left when its host key is another one, and refuses another key', async () => {
    expect(await runOverSsh(target({ knownHostKey: 'SHA256:other' }), 'true')).toMatchObject({
      kind: 'host-key-changed',
      hostKey,
    })
    writeFileSync(join(folder, 'authorized_keys'), '')
    expect(await runOverSsh(target(), 'true')).toMatchObject({ kind: 'refused' })
  })
})
