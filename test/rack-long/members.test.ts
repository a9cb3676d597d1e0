// Arrays and volume groups over several disks: made by the boot OS's own md and LVM, captured and deployed here, where the kernel has neither, and
// looked at again by those who made them.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type ImageAppliance, imageAppliance } from '../fakes/image-appliance.ts'
import { ImageDisk, sh } from '../fakes/image-disk.ts'
import { ImagingAgent } from '../fakes/imaging-agent.ts'
import { prepareBoot } from '../rack/prepare.ts'
import { inWorkshop } from '../rack/workshop.ts'

const MiB = 1024 * 1024
/** As small as its parts allow: this machine emulates the processor that reads them. */
const DISK_BYTES = 400 * MiB
const DISKS = ['a', 'b', 'c']

/** Files with sums of their own, some of them deleted again, so that not everything is in use. */
const FILL = `fill() { # device, type
  mkfs.$2 $3 $1 >/dev/null 2>&1; mkdir -p /tmp/m; mount $1 /tmp/m
  i=0; while [ $i -lt 40 ]; do i=$((i+1)); head -c $((i * 9000)) /dev/urandom > /tmp/m/file$i; done
  rm /tmp/m/file1[0-9]; (cd /tmp/m; sha256sum file* > sums); umount /tmp/m
}
check() { mkdir -p /tmp/m; mount -o ro $1 /tmp/m; (cd /tmp/m; sha256sum -c --quiet sums 2>/dev/null || sha256sum -c sums); umount /tmp/m; echo "whole: $1"; }
`

/** No udev makes device nodes here, and the boot OS has no thin_check. */
const LVM = `mkdir -p /etc/lvm
cat > /etc/lvm/lvm.conf <<END
activation { udev_sync=0 udev_rules=0 monitoring=0 }
global { thin_check_executable="" }
devices { use_devicesfile=0 }
END
`

/** What a copy has to have again: each array and volume, by its ids. */
const IDS = `mdadm --detail --brief --scan | sort | sed 's/^/id: /'
vgs --noheadings -o vg_name,vg_uuid | sort | sed 's/^/id: /'
lvs --noheadings -o vg_name,lv_name,lv_uuid | sort | sed 's/^/id: /'
`

const MAKE = `${FILL}${LVM}
for d in a b c; do
  sfdisk --quiet /dev/vd$d <<END
label: gpt
size=40M, type=U
size=64M, type=R
size=40M, type=R
size=40M, type=R
size=40M, type=R
size=150M, type=V
END
done
create() { name=$1; shift; mdadm --create /dev/md/$name --run --homehost=box --name=$name "$@" </dev/null; }
create esp --metadata=1.0 --level=1 --raid-devices=2 --bitmap=none --assume-clean /dev/vda1 /dev/vdb1
create data --metadata=1.2 --level=5 --raid-devices=3 --chunk=64 --bitmap=internal /dev/vda2 /dev/vdb2 /dev/vdc2
create far --metadata=1.2 --level=10 --layout=f2 --raid-devices=3 --chunk=64 --assume-clean /dev/vda3 /dev/vdb3 /dev/vdc3
create fast --metadata=1.1 --level=0 --raid-devices=2 --chunk=64 /dev/vda4 /dev/vdc4
create parts --metadata=0.90 --level=1 --raid-devices=2 --assume-clean /dev/vdb4 /dev/vdc5
fill /dev/md/esp vfat
fill /dev/md/far ext4 -q
fill /dev/md/fast ext4 -q
sfdisk --quiet /dev/md/parts <<END
label: gpt
size=25M
END
for p in data esp far; do mdadm --wait /dev/md/$p || true; done
pvcreate -q /dev/md/data; vgcreate -q onmd /dev/md/data; lvcreate -q -y -L 60M -n root onmd; fill /dev/onmd/root ext4 -q
vgcreate -q vg /dev/vda6 /dev/vdb6 /dev/vdc6
lvcreate -q -y -i 3 -I 64 -L 36M -n striped vg
lvcreate -q -y --type thin-pool -L 100M -n pool vg
lvcreate -q -y -V 200M -T vg/pool -n thin
lvcreate -q -y -L 200M -n long vg
fill /dev/vg/long ext4 -q
fill /dev/vg/striped ext4 -q
fill /dev/vg/thin ext4 -q
lvcreate -q -s vg/thin -n older
mount /dev/vg/thin /tmp/m; head -c 3000000 /dev/urandom > /tmp/m/file99; (cd /tmp/m; sha256sum file* > sums); umount /tmp/m
loop=$(losetup --find --show --offset $((2048*512)) --sizelimit $((25*1024*1024)) /dev/md/parts); fill $loop ext4 -q; losetup -d $loop
${IDS}
vgchange -q -an onmd vg
mdadm --stop --scan
`

/** What the agent's own check does, before anybody starts the arrays for good. */
const ONLY_LOOK = `written() { sync; for d in a b c; do set -- $(cat /sys/block/vd$d/stat); echo "vd$d: $7 sectors"; done; }
before=$(written)
node /given/program.mjs
[ "$before" = "$(written)" ]; echo "looked: nothing was written"
if ls /sys/block | grep -E '^(md|dm-)'; then exit 1; fi; if losetup -a | grep vd; then exit 1; fi
`

const LOOK = `${FILL}${LVM}${ONLY_LOOK}
mdadm --assemble /dev/md/parts /dev/vdb4 /dev/vdc5
mdadm --assemble --scan --config=none --homehost=box || true
# Debian starts them read-only until the first write: until then a resync is pending, and would be waited for without end.
for p in /dev/md/*; do mdadm --readwrite $p || true; mdadm --wait $p || true; done
for p in /sys/block/md*/md; do
  [ -e $p/sync_action ] || continue
  echo check > $p/sync_action; while ! grep -q idle $p/sync_action; do sleep 1; done
  echo "mismatches: $(cat $p/level) $(cat $p/degraded) $(cat $p/mismatch_cnt)"
done
vgchange -ay onmd vg
check /dev/md/esp; check /dev/md/far; check /dev/md/fast; check /dev/onmd/root; check /dev/vg/long; check /dev/vg/striped; check /dev/vg/thin
lvchange -ay -K vg/older; mount -o ro,norecovery /dev/vg/older /tmp/m; (cd /tmp/m; sha256sum -c sums >/dev/null); umount /tmp/m; echo "whole: older"
loop=$(losetup --find --show --offset $((2048*512)) --sizelimit $((25*1024*1024)) /dev/md/parts); check $loop; losetup -d $loop
e2fsck -fn /dev/md/far; e2fsck -fn /dev/onmd/root; e2fsck -fn /dev/vg/long; e2fsck -fn /dev/vg/striped; e2fsck -fn /dev/vg/thin
${IDS}
vgchange -q -an onmd vg; mdadm --stop --scan
`

describe('arrays and volume groups over three disks', () => {
  const directory = mkdtempSync(join(tmpdir(), 'platen-members-'))
  const sources: ImageDisk[] = []
  const targets: ImageDisk[] = []
  let appliance: ImageAppliance
  let agent: ImagingAgent
  let bootDir: string
  let made: string

  beforeAll(async () => {
    bootDir = (await prepareBoot([], () => {})).bootDir
    for (const name of DISKS) {
      sources.push(await ImageDisk.create(join(directory, `${name}.img`), DISK_BYTES))
      targets.push(await ImageDisk.create(join(directory, `copy-${name}.img`), DISK_BYTES))
    }
    made = await inWorkshop({ directory, bootDir, disks: sources.map(({ file }) => file) }, MAKE)
    appliance = await imageAppliance({ dataDir: join(directory, 'data') })
    agent = new ImagingAgent(await appliance.listen())
  })

  afterAll(async () => {
    await appliance?.close()
    for (const disk of [...sources, ...targets]) await disk.remove()
    rmSync(directory, { recursive: true, force: true })
  })

  const inOrder = (disks: readonly ImageDisk[]) => {
    const [disk, ...moreDisks] = disks.map(({ inventory: { serial } }) => ({ serial: serial! }))
    return { disk: disk!, moreDisks }
  }
  const version = () => appliance.images.find('disk', 1)
  const all = (disks: readonly ImageDisk[]) => disks.map(({ inventory }) => inventory)

  it('are one image, by what their filesystems use', async () => {
    for (const { path } of sources) await sh(`blockdev --flushbufs ${path}`)
    await agent.capture(all(sources), inOrder(sources))
    const log = agent.log.join('\n')
    for (const words of [
      'array box:data: RAID 5',
      'volume the array box:esp: fat',
      'volume onmd/root: ext',
      'volume vg/striped: ext',
      'volume vg/thin: ext',
      'volume vg/older: ext',
    ])
      expect(log).toContain(words)
    expect(version().usedBytes).toBeLessThan(300 * MiB)
  })

  it('come back on disks that are full of something else', async () => {
    for (const { path } of targets) await sh(`head -c ${DISK_BYTES} /dev/urandom > ${path}; sync ${path}`)
    const wishes = { ...inOrder(targets), eraseForeignData: true }
    await agent.deploy(all(targets), version(), wishes)
    await agent.verify(all(targets), version(), wishes)
    for (const { path } of targets) await sh(`blockdev --flushbufs ${path}`)
    const program = join(import.meta.dirname, '../rack/look-at-members.ts')
    const said = await inWorkshop({ directory, bootDir, disks: targets.map(({ file }) => file), program }, LOOK)
    const asked = said.match(/^asked: .*$/gm) ?? []
    expect(asked.map((line) => / (\w+) {}\r?$/.exec(line)?.[1] ?? line)).toEqual(Array.from({ length: 9 }, () => 'whole'))
    expect(said).toMatch(/looked: nothing was written/)
    expect(said.match(/^whole: .*$/gm)).toHaveLength(9)
    expect(said).toMatch(/mismatches: raid5 0 0/)
    const idsIn = (text: string) => text.match(/^id: .*$/gm)
    expect(idsIn(said)).toEqual(idsIn(made))
    expect(idsIn(made)?.length).toBeGreaterThan(10)
  })
})
