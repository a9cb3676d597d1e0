// Packages in a root of their own, with the real dpkg and real scripts inside of it: a folder with a few programs of this machine.
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { PackageContent } from '../../src/contract/package.ts'
import type { FileRef } from '../../src/contract/steps.ts'
import type { StepContext } from '../../src/winpe-agent/performer.ts'
import { putBack } from '../../src/winpe-agent/steps/package-changes.ts'
import { PackageRoot } from '../../src/winpe-agent/steps/package-root.ts'
import { linuxTarget } from '../../src/winpe-agent/tools/linux-target.ts'
import { DiskScene } from '../fakes/disk-scene.ts'
import { sh } from '../fakes/image-disk.ts'
import { makeSmallRoot, SMALL_ROOT_NEEDS } from '../fakes/small-root.ts'
import { needs, ROOT } from '../needs.ts'

let folder: string
let root: string
const served = new Map<string, Buffer>()
const log: string[] = []

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'platen-packages-'))
  root = join(folder, 'root')
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function kept(path: string, content: string | Buffer): FileRef {
  const bytes = Buffer.from(content)
  const digest = createHash('sha256').update(bytes).digest('hex')
  served.set(digest, bytes)
  return { path, digest, sizeBytes: bytes.length }
}

const bytesOf = (path: string): Uint8Array => new Uint8Array(served.get(path.split('/').at(-1)!)!)

const context = {
  signal: new AbortController().signal,
  log: (line: string) => void log.push(line),
  profile: undefined,
  client: {
    download: async (path: string) => ReadableStream.from([bytesOf(path)]),
  },
} as unknown as StepContext

async function work(changes: (packages: PackageRoot) => Promise<void>): Promise<void> {
  const target = linuxTarget(join(folder, 'boot-os'))
  const packages = new PackageRoot({ root, target, environment: { PLATEN_JOB: 'job-1' }, context })
  await packages.work(() => changes(packages))
  await target.unmount(context)
}

const agent = (version: string, more: Partial<PackageContent> = {}): PackageContent => ({
  name: 'agent',
  version,
  digest: '0'.repeat(64),
  kind: 'folder',
  files: [
    { ...kept('bin/agent', `#!/bin/sh\necho agent ${version}\n`), to: '/usr/local/bin/agent', mode: '0755' },
    kept('notes.txt', `notes of ${version}`),
  ],
  install: kept(
    'install.sh',
    `cat "$PLATEN_PACKAGE/notes.txt" > /etc/agent-notes; echo "$PLATEN_PACKAGE_VERSION $PLATEN_JOB $PLATEN_TARGET" > /etc/agent-said\n`,
  ),
  remove: kept('remove.sh', 'rm -f /etc/agent-notes\n'),
  verify: kept('verify.sh', '[ "$(/usr/local/bin/agent)" = "agent $PLATEN_PACKAGE_VERSION" ] && cat /etc/agent-notes\n'),
  ...more,
})

function deb(name: string, version: string, depends = ''): PackageContent {
  const tree = join(folder, `deb-${name}-${version}`)
  mkdirSync(join(tree, 'DEBIAN'), { recursive: true })
  mkdirSync(join(tree, 'etc'))
  mkdirSync(join(tree, 'opt'))
  writeFileSync(join(tree, 'etc', name), 'as it came\n')
  writeFileSync(join(tree, 'opt', name), `${name} ${version}\n`)
  writeFileSync(join(tree, 'DEBIAN/conffiles'), `/etc/${name}\n`)
  writeFileSync(
    join(tree, 'DEBIAN/control'),
    `Package: ${name}\nVersion: ${version}\nArchitecture: all\nMaintainer: x <x@y.example>\n${depends === '' ? '' : `Depends: ${depends}\n`}Description: x\n`,
  )
  // What invoke-rc.d does before it starts a service.
  writeFileSync(
    join(tree, 'DEBIAN/postinst'),
    `#!/bin/sh\n/usr/sbin/policy-rc.d ${name} start || echo "not started: $?" > /etc/${name}-policy\n`,
  )
  chmodSync(join(tree, 'DEBIAN/postinst'), 0o755)
  execFileSync('dpkg-deb', ['--root-owner-group', '-b', tree, `${tree}.deb`], { stdio: 'ignore' })
  const file = kept(`${name}.deb`, readFileSync(`${tree}.deb`))
  return { name, version, digest: '0'.repeat(64), kind: 'deb', files: [file] }
}

const inRoot = (path: string) => readFileSync(join(root, path), 'utf8')
const leftBehind = () =>
  ['.platen-packages', '.platen-files', 'usr/sbin/policy-rc.d.platen-kept'].filter((path) => existsSync(join(root, path)))

describe('packages in a root', needs(ROOT, ...SMALL_ROOT_NEEDS), () => {
  beforeAll(() => makeSmallRoot(root))

  it('a folder is installed, checked, changed and removed by its scripts', async () => {
    await work(async (packages) => {
      await packages.install([agent('1.0.0')])
      await packages.check(agent('1.0.0'))
    })
    expect([inRoot('etc/agent-notes'), inRoot('etc/agent-said')]).toEqual(['notes of 1.0.0', '1.0.0 job-1 /\n'])
    expect(statSync(join(root, 'usr/local/bin/agent')).mode & 0o777).toBe(0o755)
    await work(async (packages) => {
      await packages.remove(agent('1.0.0'))
      expect(existsSync(join(root, 'etc/agent-notes'))).toBe(false)
      await packages.install([agent('2.0.0')])
      await packages.check(agent('2.0.0'))
      await expect(packages.check(agent('1.0.0'))).rejects.toMatchObject({ code: 'PACKAGE_VERIFY_FAILED' })
    })
    await work((packages) => packages.remove(agent('2.0.0')))
    expect(existsSync(join(root, 'usr/local/bin/agent'))).toBe(false)
    expect([...leftBehind(), existsSync(join(root, 'usr/sbin/policy-rc.d'))]).toEqual([false])
  })

  it("a .deb goes through the image's dpkg, starts nothing, and follows to another version", async () => {
    writeFileSync(join(root, 'usr/sbin/policy-rc.d'), '#!/bin/sh\nexit 0\n', { mode: 0o755 })
    const first = [deb('base', '1.0'), deb('hello', '1.0', 'base (>= 1.0)')]
    await work(async (packages) => {
      await packages.install(first)
      for (const each of first) await packages.check(each)
    })
    expect([inRoot('opt/hello'), inRoot('etc/hello-policy')]).toEqual(['hello 1.0\n', 'not started: 101\n'])
    expect([...leftBehind(), inRoot('usr/sbin/policy-rc.d')]).toEqual(['#!/bin/sh\nexit 0\n'])
    writeFileSync(join(root, 'etc/hello'), 'changed by a person\n')
    const second = deb('hello', '1:2.0', 'base')
    await work(async (packages) => {
      await packages.install([second])
      await packages.check(second)
      await expect(packages.check(first[1]!)).rejects.toMatchObject({
        message: expect.stringContaining('dpkg says: installed 1:2.0'),
      })
    })
    expect([inRoot('opt/hello'), inRoot('etc/hello')]).toEqual(['hello 1:2.0\n', 'changed by a person\n'])
    writeFileSync(join(root, 'opt/hello'), 'changed')
    await work(async (packages) => {
      await expect(packages.check(second)).rejects.toMatchObject({
        code: 'PACKAGE_VERIFY_FAILED',
        message: expect.stringContaining('/opt/hello'),
      })
      await packages.remove(second)
    })
    expect([existsSync(join(root, 'opt/hello')), existsSync(join(root, 'etc/hello'))]).toEqual([false, false])
  })

  it('what was there comes back when what comes instead fails', async () => {
    await work((packages) => packages.install([agent('1.0.0')]))
    const broken = agent('3.0.0', { install: kept('install.sh', 'exit 7\n'), remove: kept('remove.sh', 'exit 8\n') })
    await work(async (packages) => {
      await packages.remove(agent('1.0.0'))
      await expect(packages.install([broken])).rejects.toMatchObject({ code: 'AGENT_SCRIPT_FAILED' })
      const before = [agent('1.0.0')]
      await putBack({ removes: before, installs: [broken], restores: before }, packages, (line) => void log.push(line))
      await packages.check(agent('1.0.0'))
    })
    expect(inRoot('usr/local/bin/agent')).toContain('agent 1.0.0')
    expect(log.join('\n')).toMatch(/could not be put back.*remove.sh/s)
    await work((packages) => packages.remove(agent('1.0.0')))
  })

  it.each<[string, () => PackageContent, string, RegExp]>([
    [
      'a script that fails',
      () => agent('3.0.0', { install: kept('install.sh', 'echo no room >&2; exit 7\n') }),
      'AGENT_SCRIPT_FAILED',
      /no room/,
    ],
    [
      'a .deb whose requirement the image lacks',
      () => deb('lonely', '1.0', 'nobody'),
      'AGENT_SCRIPT_FAILED',
      /depends on nobody/,
    ],
  ])('%s leaves nothing of the work behind', async (_name, make, code, says) => {
    writeFileSync(join(root, 'usr/sbin/policy-rc.d'), '#!/bin/sh\nexit 0\n', { mode: 0o755 })
    const failed = work((packages) => packages.install([make()]))
    await expect(failed).rejects.toMatchObject({ code, message: expect.stringMatching(says) })
    expect([...leftBehind(), inRoot('usr/sbin/policy-rc.d')]).toEqual(['#!/bin/sh\nexit 0\n'])
  })

  it('a try that was cut off does not leave its policy for ever', async () => {
    writeFileSync(join(root, 'usr/sbin/policy-rc.d.platen-kept'), 'what was there\n')
    writeFileSync(join(root, 'usr/sbin/policy-rc.d'), 'exit 101\n')
    mkdirSync(join(root, '.platen-packages/old'), { recursive: true })
    await work(async () => {})
    expect([...leftBehind(), inRoot('usr/sbin/policy-rc.d')]).toEqual(['what was there\n'])
  })

  it('a file of the image that is a link stays inside', async () => {
    execFileSync('ln', ['-sfn', '/usr/share', join(root, 'usr/local/share')])
    const file = { ...kept('x', 'inside'), to: '/usr/local/share/agent-x', mode: '0600' }
    await work((packages) =>
      packages.install([{ name: 'x', version: '1.0.0', digest: '0'.repeat(64), kind: 'folder', files: [file] }]),
    )
    expect(inRoot('usr/share/agent-x')).toBe('inside')
    expect(existsSync('/usr/share/agent-x')).toBe(false)
  })
})

describe('packages after an image', needs(ROOT, ...SMALL_ROOT_NEEDS), () => {
  it('go into the root of the deployed disk, and a change of them moves nothing of the image', async () => {
    const scene = await DiskScene.open({ sourceBytes: 192 * 1024 * 1024 })
    try {
      const { source, target, agent: imaging } = scene
      await source.layOut('label: gpt\nsize=20M, type=L, name=data\ntype=L, name=root')
      await sh(`mkfs.ext4 -q ${source.part(1)}; mkfs.ext4 -q ${source.part(2)}`)
      await scene.mounted(source, 2, async (m) => makeSmallRoot(m))
      await imaging.capture(source.inventory)
      const view = scene.version()
      await imaging.wholeDeploy(target.inventory, view)
      const first = [agent('1.0.0'), deb('onto-disk', '1.0')]
      await imaging.packages(target.inventory, view, { removes: [], installs: first, checks: [] }, bytesOf)
      await scene.mounted(target, 2, async (m) => {
        expect(readFileSync(join(m, 'opt/onto-disk'), 'utf8')).toBe('onto-disk 1.0\n')
        expect(readFileSync(join(m, 'etc/agent-notes'), 'utf8')).toBe('notes of 1.0.0')
        expect(existsSync(join(m, '.platen-packages'))).toBe(false)
      })
      const change = { removes: [agent('1.0.0')], installs: [agent('2.0.0')], checks: [first[1]!] }
      await imaging.packages(target.inventory, view, change, bytesOf)
      await sh(`e2fsck -fn ${target.part(2)}`)
      await scene.mounted(target, 2, async (m) => sh(`echo changed > ${m}/usr/local/bin/agent`))
      const look = { removes: [], installs: [], checks: [agent('2.0.0')] }
      await expect(imaging.packages(target.inventory, view, look, bytesOf)).rejects.toMatchObject({
        code: 'PACKAGE_VERIFY_FAILED',
        message: expect.stringContaining('/usr/local/bin/agent was changed'),
      })
      expect(await sh(`findmnt -n ${target.part(2)} || echo unmounted`)).toBe('unmounted')
    } finally {
      await scene.close()
    }
  })
})
