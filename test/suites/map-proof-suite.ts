// The proof of maps: every case a partition of one disk, captured once, deployed onto a disk full of a pattern whose unused blocks stay as
// they are, so that a block that the map forgets is seen.
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { DiskScene } from '../fakes/disk-scene.ts'
import { type ImageDisk, sh } from '../fakes/image-disk.ts'
import type { FilesystemCase } from './filesystem-cases.ts'

const MiB = 1024 * 1024

// In a snapshot of Btrfs an empty directory (inode 2) stands for each subvolume below; its times are those of whoever looks.
const LIST = `find . -path ./lost+found -prune -o -type d -inum 2 ! -path . -printf '%P another subvolume\\n' -o -printf '%P %y %m %U %G %s %n %b %T@ %l\\n' | sort
  find . -path ./lost+found -prune -o -type f -exec sha256sum {} + | sort -k2; getfattr -R -h -d -m - . 2>/dev/null || true`

export function proveMaps(title: string, cases: readonly FilesystemCase[]): void {
  describe(`maps of used blocks: ${title}`, () => {
    let scene: DiskScene
    const numbered = cases.map((one, index) => ({ ...one, number: index + 1 }))

    beforeAll(async () => {
      const sizeMiB = cases.reduce((sum, one) => sum + one.sizeMiB, 4)
      scene = await DiskScene.open({ sourceBytes: sizeMiB * MiB })
      const { source, target, agent } = scene
      await source.layOut(`label: gpt\n${cases.map((one) => `size=${one.sizeMiB}M, type=L`).join('\n')}`)
      for (const one of numbered) await fill(one)
      await sh(
        `yes PATTERN-OF-THE-TARGET | dd of=${target.path} bs=1M iflag=fullblock count=${sizeMiB} status=none; sync ${target.path}`,
      )
      await agent.capture(source.inventory)
      const version = scene.version()
      await agent.deploy(target.inventory, version, { discard: false })
      await agent.verify(target.inventory, version, { check: 'full' })
    })

    afterAll(() => scene?.close())

    it.each(numbered)('$name: passes its full check, and every file is the same', async (one) => {
      const { source, target, agent } = scene
      const line = agent.log.find((said) => said.startsWith(`partition ${one.number}: `)) ?? ''
      expect(line).toContain(`partition ${one.number}: ${one.content}, `)
      const isWhole = agent.log.some((said) => said.startsWith(`${source.part(one.number)} `) && said.includes('is taken whole'))
      expect(isWhole).toBe(one.whole === true)
      await run(one.check, one.number, target)
      const files = await filesOf(source, one)
      // Never an empty list: what is lost and found is always there.
      expect(files.length).toBeGreaterThanOrEqual(40)
      expect(await filesOf(target, one)).toBe(files)
    })

    /** Variables of the shell for one case. */
    async function run(script: string, number: number, disk: ImageDisk, m = ''): Promise<string> {
      const folder = join(scene.directory, `case-${number}`)
      await mkdir(folder, { recursive: true })
      const size = numbered[number - 1]!.sizeMiB * MiB
      return sh(`p=${disk.part(number)}; d=${folder}; m=${m}; SIZE=${size}; ${script}`)
    }

    async function fill({ number, name, make, mount, age, afterwards }: (typeof numbered)[number]): Promise<void> {
      const { source } = scene
      try {
        await run(make, number, source)
        if (mount) await scene.mounted(source, number, (m) => run(age, number, source, m), mount)
        else await run(age, number, source)
        if (afterwards !== undefined) await run(afterwards, number, source)
      } catch (error) {
        throw new Error(`"${name}" cannot be made on this machine`, { cause: error })
      }
    }

    function filesOf(disk: ImageDisk, { number, look, list }: (typeof numbered)[number]): Promise<string> {
      if (look === undefined) return run(list ?? 'false', number, disk)
      return scene.mounted(disk, number, (m) => sh(`cd ${m}; ${LIST}`), look)
    }
  })
}
