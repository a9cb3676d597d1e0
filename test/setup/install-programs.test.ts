// setup/install-programs.sh in a folder that stands for the machine's root, with programs of Debian's names in its PATH.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'

const SCRIPT = join(import.meta.dirname, '../../setup/install-programs.sh')
let root: string
let policy: string

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'platen-setup-'))
  policy = join(root, 'usr/sbin/policy-rc.d')
  for (const folder of ['programs', 'run', 'usr/sbin', 'etc/init.d', 'lib/systemd/system'])
    mkdirSync(join(root, folder), { recursive: true })
  for (const file of ['etc/init.d/mine', 'lib/systemd/system/mine.service']) writeFileSync(join(root, file), '')
  for (const name of ['update-rc.d', 'systemctl']) programThat(name, `echo "${name} $*" >>"$R/told"`)
})
afterEach(() => rmSync(root, { recursive: true }))

const programThat = (name: string, does: string) =>
  writeFileSync(join(root, 'programs', name), `#!/bin/sh\nR='${root}'\n${does}\n`, { mode: 0o755 })
const ADDS_SERVICES =
  'printf "# Default-Start: 2 3\\n" >"$R/etc/init.d/dhcpd"; touch "$R/lib/systemd/system/dhcpd.service" "$R/lib/systemd/system/dhcpd@.service"'
const ASKS_POLICY = 'status=0; "$R/usr/sbin/policy-rc.d" dhcpd start || status=$?; echo "$1 $status" >>"$R/answers"'
const contentOf = (file: string) => (existsSync(join(root, file)) ? readFileSync(join(root, file), 'utf8') : undefined)
const install = () => {
  const env = { PLATEN_SETUP_ROOT: root, PATH: `${root}/programs:/usr/sbin:/usr/bin:/sbin:/bin` }
  return spawnSync('sh', [SCRIPT, 'dhcpd'], { env, encoding: 'utf8' })
}

it('starts nothing while it installs, and turns off what came', () => {
  programThat('apt-get', `${ASKS_POLICY}; ${ADDS_SERVICES}`)
  expect(install()).toMatchObject({ status: 0, stderr: '' })
  expect(contentOf('answers')).toBe('install 101\n')
  expect(contentOf('told')?.trim().split('\n')).toEqual(['update-rc.d dhcpd disable', 'systemctl disable --quiet dhcpd.service'])
  expect(existsSync(policy)).toBe(false)
})

it('leaves a script alone that starts in no runlevel, as that of mdadm which waits at shutdown', () => {
  programThat('apt-get', 'printf "# Default-Start:\\n# Default-Stop: 0 6\\n" >"$R/etc/init.d/waits"')
  programThat('update-rc.d', 'exit 1')
  expect(install()).toMatchObject({ status: 0, stderr: '' })
})

it('asks for new lists of packages and tries again', () => {
  programThat('apt-get', `${ASKS_POLICY}; [ "$1" = update ] || [ "$(wc -l <"$R/answers")" -gt 1 ]`)
  expect(install().status).toBe(0)
  expect(contentOf('answers')).toBe('install 101\nupdate 101\ninstall 101\n')
  expect(contentOf('told')).toBeUndefined()
})

it.each([
  { when: 'it went well', does: ASKS_POLICY, status: 0 },
  { when: 'nothing can be installed', does: `${ASKS_POLICY}; exit 100`, status: 100 },
  { when: 'it is interrupted', does: `${ASKS_POLICY}; kill -TERM $PPID`, status: 130 },
])('gives the machine its own policy back when $when', ({ does, status }) => {
  writeFileSync(policy, '#!/bin/sh\nexit 0\n', { mode: 0o755 })
  programThat('apt-get', does)
  expect(install().status).toBe(status)
  expect(contentOf('answers')).toMatch(/^install 101\n/)
  expect(contentOf('usr/sbin/policy-rc.d')).toBe('#!/bin/sh\nexit 0\n')
})

it('finds the policy that one before, which was killed, had set aside', () => {
  writeFileSync(policy, '#!/bin/sh\nexit 0\n', { mode: 0o755 })
  programThat('apt-get', 'kill -KILL $PPID')
  expect(install().signal).toBe('SIGKILL')
  expect(contentOf('usr/sbin/policy-rc.d')).toContain('exit 101\n')
  programThat('apt-get', ASKS_POLICY)
  expect(install().status).toBe(0)
  expect(contentOf('usr/sbin/policy-rc.d')).toBe('#!/bin/sh\nexit 0\n')
})

it('leaves no policy where one before was killed and there was none', () => {
  programThat('apt-get', 'kill -KILL $PPID')
  install()
  programThat('apt-get', ASKS_POLICY)
  expect(install().status).toBe(0)
  expect(existsSync(policy)).toBe(false)
})
