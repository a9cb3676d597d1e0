// Which certificate HTTPS shows: its own for the addresses of the moment, the site's for the site's names, and what is said of files that are wrong.
import { renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { openAuthority } from '../../src/access/ca/authority.ts'
import { ServerCertificates } from '../../src/access/ca/server-certificates.ts'
import { makeRoot, makeServerCertificate } from '../../src/access/ca/x509.ts'
import { certificatesIn } from '../../src/contract/certificates.ts'
import { SilentLog } from '../fakes/silent-log.ts'
import { StateFolder } from '../fakes/state-folder.ts'
import { TestClock } from '../fakes/test-clock.ts'

const DAY_MS = 86_400_000

class Scene implements Disposable {
  readonly folder = new StateFolder()
  readonly clock = new TestClock()
  readonly log = new SilentLog()
  names = ['127.0.0.1']
  changes = 0
  certificates!: ServerCertificates
  readonly files = { certificate: join(this.folder.path, 'site.pem'), key: join(this.folder.path, 'site-key.pem') }

  async open({ ofSite = true } = {}): Promise<this> {
    const authority = await openAuthority(this.folder.path, this.clock)
    const { clock, log, files } = this
    this.certificates = new ServerCertificates({
      authority,
      siteFiles: ofSite ? files : undefined,
      names: () => this.names,
      clock,
      log,
    })
    await this.certificates.start(() => this.changes++)
    return this
  }

  /** A pair as a site's own CA makes it, valid from and for so many days from now. */
  async pair(name: string, { from = -1, days = 90 } = {}) {
    const at = (day: number) => new Date(this.clock.now() + day * DAY_MS)
    const root = await makeRoot('Site CA', { notBefore: at(-400), notAfter: at(400) })
    return makeServerCertificate(root, [name], { notBefore: at(from), notAfter: at(days) })
  }

  put({ certificate, key }: { readonly certificate: string; readonly key: string }): void {
    // As tools do that renew certificates: another file takes the name.
    writeFileSync(`${this.files.certificate}.new`, certificate)
    renameSync(`${this.files.certificate}.new`, this.files.certificate)
    writeFileSync(this.files.key, key)
  }

  get problems(): string[] {
    return this.certificates.diagnose().map(({ seen }) => seen)
  }

  [Symbol.dispose](): void {
    this.certificates?.stop()
    this.folder[Symbol.dispose]()
  }
}

describe('its own certificate', () => {
  it('is made anew when an address comes or goes', async () => {
    using scene = await new Scene().open({ ofSite: false })
    const first = scene.certificates.own
    await scene.certificates.refresh()
    expect(scene.certificates.own).toBe(first)
    scene.names = ['127.0.0.1', '10.77.0.9']
    await scene.certificates.refresh()
    expect(certificatesIn(scene.certificates.own.certificate)[0]!.checkIP('10.77.0.9')).toBe('10.77.0.9')
    expect(scene.changes).toBe(2)
  })

  it('is made anew by itself long before it ends', async () => {
    using scene = await new Scene().open({ ofSite: false })
    for (let day = 0; day < 400; day += 5) {
      scene.clock.jump(5 * DAY_MS)
      await scene.certificates.refresh()
      const { validTo } = certificatesIn(scene.certificates.own.certificate)[0]!
      expect(Date.parse(validTo) - scene.clock.now()).toBeGreaterThan(20 * DAY_MS)
    }
    expect(scene.problems).toEqual([])
  })

  it('is told of before the CA itself ends', async () => {
    using scene = await new Scene().open({ ofSite: false })
    scene.clock.jump(3500 * DAY_MS)
    expect(scene.problems).toEqual([expect.stringMatching(/^the CA of this appliance is valid for \d+ more days$/)])
  })
})

describe('the certificate of the site', () => {
  it('is shown for its names alone, and a renewed one is taken without a restart', async () => {
    using scene = new Scene()
    scene.put(await scene.pair('platen.example'))
    await scene.open()
    const first = scene.certificates.forName('platen.example')
    expect(first).toBeDefined()
    expect(scene.certificates.forName('other.example')).toBeUndefined()
    scene.put(await scene.pair('platen.example'))
    await scene.certificates.refresh()
    const second = scene.certificates.forName('platen.example')
    expect(second?.certificate).not.toBe(first?.certificate)
    expect(second).toBeDefined()
    expect(scene.problems).toEqual([])
  })

  it.each([
    { name: 'is gone', spoil: (scene: Scene) => renameSync(scene.files.key, `${scene.files.key}.away`), says: /cannot be read/ },
    {
      name: 'is no certificate',
      spoil: (scene: Scene) => writeFileSync(scene.files.certificate, 'oops'),
      says: /holds no certificate/,
    },
    { name: 'has no key', spoil: (scene: Scene) => writeFileSync(scene.files.key, 'oops'), says: /holds no private key/ },
    {
      name: 'has the key of another one',
      spoil: async (scene: Scene) => writeFileSync(scene.files.key, (await scene.pair('other.example')).key),
      says: /is not the key of/,
    },
    {
      name: 'is over',
      spoil: async (scene: Scene) => scene.put(await scene.pair('platen.example', { from: -30, days: -2 })),
      says: /was valid until/,
    },
    {
      name: 'is not valid yet',
      spoil: async (scene: Scene) => scene.put(await scene.pair('platen.example', { from: 3 })),
      says: /is not valid before/,
    },
  ])('stays what it was when the next one $name, and the doctor says so', async ({ spoil, says }) => {
    using scene = new Scene()
    scene.put(await scene.pair('platen.example'))
    await scene.open()
    const good = scene.certificates.forName('platen.example')
    await spoil(scene)
    await scene.certificates.refresh()
    expect(scene.certificates.forName('platen.example')).toBe(good)
    expect(scene.problems).toEqual([expect.stringMatching(says)])
    expect(scene.log.complaints).toEqual([expect.stringMatching(says)])
  })

  it('may be missing at the start: the appliance shows its own', async () => {
    using scene = await new Scene().open()
    expect(scene.certificates.forName('platen.example')).toBeUndefined()
    expect(scene.problems).toEqual([expect.stringContaining("the appliance's own certificate is shown instead")])
  })

  it.each([
    { days: 60, says: [] },
    { days: 10, says: [expect.stringMatching(/valid for 10 more days$/)] },
  ])('is told of when it has $days days left', async ({ days, says }) => {
    using scene = new Scene()
    scene.put(await scene.pair('platen.example', { days }))
    await scene.open()
    expect(scene.problems).toEqual(says)
  })
})
