// The Debian package as people use it, in fresh systems of Debian 12 and 13: it asks nothing, runs as its account, is upgraded and put back, and leaves nothing
// behind. No systemd runs in such a system: what its scripts would tell it is left out there. Root; downloads both systems and npm's packages.
import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { needs, program, ROOT } from '../needs.ts'

const PROJECT = join(import.meta.dirname, '../..')
const VERSION = (JSON.parse(readFileSync(join(PROJECT, 'package.json'), 'utf8')) as { version: string }).version
const EPOCH = '1780000000'
const isReady = needs(ROOT, program('mmdebstrap'), program('dpkg-deb'))

let folder: string
let deb: string
let newer: string
beforeAll(() => {
  if (isReady.skip) return
  folder = mkdtempSync(join(tmpdir(), 'platen-deb-'))
  const pack = (out: string) => {
    const words = ['setup/package/main.ts', '--architecture', 'amd64', '--out', join(folder, out)]
    execFileSync(process.execPath, words, { cwd: PROJECT, env: { ...process.env, SOURCE_DATE_EPOCH: EPOCH }, stdio: 'pipe' })
    return join(folder, out, `platen_${VERSION}_amd64.deb`)
  }
  deb = pack('first')
  newer = withVersion(deb, '99.0.0')
})
afterAll(() => folder && rmSync(folder, { recursive: true }))

/** The same content under a later number. */
function withVersion(path: string, version: string): string {
  const tree = join(folder, version)
  execFileSync('dpkg-deb', ['-R', path, tree])
  const control = join(tree, 'DEBIAN/control')
  writeFileSync(control, readFileSync(control, 'utf8').replace(/^Version: .*$/m, `Version: ${version}`))
  const target = join(folder, `platen_${version}_amd64.deb`)
  execFileSync('dpkg-deb', ['--root-owner-group', '-Znone', '-b', tree, target])
  rmSync(tree, { recursive: true })
  return target
}

describe.each(['bookworm', 'trixie'])('in a fresh %s', isReady, (suite) => {
  let root: string
  beforeAll(() => {
    root = join(folder, suite)
    execFileSync('mmdebstrap', ['--variant=minbase', '--include=adduser,libstdc++6', suite, root], { stdio: 'pipe' })
    mkdirSync(join(root, 'packages'))
    for (const [name, path] of [
      ['old.deb', deb],
      ['new.deb', newer],
    ] as const)
      cpSync(path, join(root, 'packages', name))
  })

  /** Without a terminal and without input: a question would end it. */
  const inside = (...words: string[]) => {
    const environment = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', HOME: '/root', LC_ALL: 'C' }
    const { status, stdout, stderr } = spawnSync('chroot', [root, ...words], {
      encoding: 'utf8',
      env: environment,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    return { status, said: `${stdout}${stderr}` }
  }
  const has = (path: string) => existsSync(join(root, path))
  const good = (...words: string[]) => expect(inside(...words), words.join(' ')).toMatchObject({ status: 0 })
  // Fields of dpkg, not of this text.
  const FIELDS = `-f=\${Version} \${db:Status-Status}`
  const versionNow = () => inside('dpkg-query', '-W', FIELDS, 'platen').said

  it('is installed, and its commands run as anybody', () => {
    good('dpkg', '-i', '/packages/old.deb')
    expect(versionNow()).toBe(`${VERSION} installed`)
    expect(inside('platen', 'help').said).toContain('usage: platen <command>')
    expect(
      inside('setpriv', '--reuid=platen', '--regid=platen', '--clear-groups', 'platen', 'explain', 'APPLIANCE_IS_ROOT').said,
    ).toMatch(/account/)
    expect(inside('getent', 'passwd', 'platen').said).toMatch(/:\/var\/lib\/platen:\/usr\/sbin\/nologin/)
    expect(inside('stat', '-c', '%U:%G %a', '/var/lib/platen').said).toBe('platen:platen 750\n')
  })

  it('goes on as its account when root starts it, and keeps its state there', () => {
    // Loopback is all that a system without a network of its own needs.
    const flags = '--interface lo --dhcp-mode off --tftp-port 16969 --http-port 18080 --https-is-on false --http-listen 127.0.0.1'
    const script = `platen serve ${flags} >/tmp/log & pid=$!
      for _ in $(seq 300); do grep -q 'appliance is up' /tmp/log && break; sleep 0.1; done
      stat -c %U /proc/$pid; kill $pid; wait $pid; echo "ended with $?"; stat -c '%U %a' /var/lib/platen/secrets/operator-token`
    mkdirSync(join(root, 'proc'), { recursive: true })
    execFileSync('mount', ['-t', 'proc', 'proc', join(root, 'proc')])
    try {
      expect(inside('sh', '-c', script).said).toBe('platen\nended with 0\nplaten 600\n')
    } finally {
      execFileSync('umount', [join(root, 'proc')])
    }
  })

  it('is upgraded in place, and put back, with its state', () => {
    const token = readFileSync(join(root, 'var/lib/platen/secrets/operator-token'), 'utf8')
    for (const [file, version] of [
      ['new.deb', '99.0.0'],
      ['old.deb', VERSION],
    ] as const) {
      good('dpkg', '-i', `/packages/${file}`)
      expect(versionNow()).toBe(`${version} installed`)
    }
    expect(readFileSync(join(root, 'var/lib/platen/secrets/operator-token'), 'utf8')).toBe(token)
  })

  it('is removed without its state, and purged with it', () => {
    good('dpkg', '-r', 'platen')
    expect([has('usr/lib/platen'), has('usr/bin/platen'), has('var/lib/platen/secrets/operator-token')]).toEqual([
      false,
      false,
      true,
    ])
    good('dpkg', '-P', 'platen')
    expect([has('var/lib/platen'), has('var/cache/platen'), has('etc/platen')]).toEqual([false, false, false])
    expect(inside('find', '/', '-xdev', '-name', '*platen*', '-not', '-path', '/packages/*').said).toBe('')
  })
})
