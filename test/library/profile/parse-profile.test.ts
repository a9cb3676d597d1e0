import { describe, expect, it } from 'vitest'
import { parseProfile } from '../../../src/library/profile/parse-profile.ts'

const GOOD = `name: web
architecture: x64
format:
  partitions:
    - { name: esp, type: esp, sizeMiB: 100, filesystem: fat32, mount: /boot/efi }
    - { name: root, type: linux, filesystem: ext4, mount: / }
setup:
  actions:
    - extract: root.tar
    - script: finish.sh
      chroot: true
capture:
  image: web
`

/** The good text with one line put in another's place. */
const changed = (from: string, to: string): string => GOOD.replace(from, to)

/** Its setup is gone; a restart stands in its place. */
const withReboot = (reboot: string): string =>
  `${GOOD.slice(0, GOOD.indexOf('setup:'))}steps:\n  - reboot: ${reboot}\ncapture: { image: web }\n`

function problemsOf(text: string): readonly string[] {
  const parsed = parseProfile(text, 'web')
  return parsed.kind === 'good' ? [] : parsed.problems.map(({ line, reason }) => `${line}: ${reason}`)
}

describe('parseProfile', () => {
  it('takes a good one', () => {
    expect(parseProfile(GOOD, 'web')).toMatchObject({ kind: 'good', profile: { name: 'web', capture: { image: 'web' } } })
  })

  it.each<{ name: string; text: string; want: readonly string[] }>([
    {
      name: 'an unknown key',
      text: changed('sizeMiB', 'sizeMib'),
      want: ['5: format.partitions.0.sizeMib: unknown key "sizeMib"; did you mean "sizeMiB"?'],
    },
    {
      name: 'a wrong value',
      text: changed('type: linux', 'type: linus'),
      want: ['6: format.partitions.1.type: must be one of bios-boot, esp, linux, swap, msr, windows, windows-recovery, lvm'],
    },
    {
      name: 'a missing key',
      text: changed('  image: web', '  timeoutSeconds: 5'),
      want: ['13: capture: the key "image" is missing'],
    },
    {
      name: 'an unknown action',
      text: changed('- extract:', '- unpack:'),
      want: ['9: setup.actions.0: needs one of the keys extract, copy, template, script, configuration'],
    },
    {
      name: 'an action that lacks a key',
      text: changed('- extract:', '- copy:'),
      want: ['9: setup.actions.0: the key "to" is missing'],
    },
    {
      name: 'a key of another action',
      text: changed('chroot', 'mode'),
      want: ['11: setup.actions.1.mode: unknown key "mode"; known are script, chroot, timeoutSeconds'],
    },
    {
      name: 'another name than its folder',
      text: changed('name: web', 'name: wob'),
      want: ['1: name: must be the name of its folder, web'],
    },
    {
      name: 'two that take the rest',
      text: changed('sizeMiB: 100, ', ''),
      want: ['6: format.partitions.1: only one partition may leave out sizeMiB and take what remains'],
    },
    {
      name: 'one name twice',
      text: changed('name: esp', 'name: root'),
      want: ['6: format.partitions.1.name: a partition before it is called root'],
    },
    {
      name: 'a mount without a filesystem',
      text: changed('filesystem: ext4, ', ''),
      want: ['6: format.partitions.1.mount: needs a filesystem that can be mounted'],
    },
    {
      name: 'a file from outside',
      text: changed('finish.sh', '../finish.sh'),
      want: ['10: setup.actions.1.script: ../finish.sh leads out of the folder of the profile'],
    },
    {
      name: 'steps beside setup',
      text: `${GOOD}steps:\n  - setup: { actions: [] }\n`,
      want: ['8: setup: belongs into steps when there are some'],
    },
    {
      name: 'a restart into a kernel that is not named',
      text: withReboot('{ into: kernel }'),
      want: ['8: steps.0.reboot.into: needs a kernel of this profile beside it'],
    },
    {
      name: 'a kernel that is not used',
      text: withReboot('{ into: local-disk, kernel: vmlinuz, how: kexec }'),
      want: [
        '8: steps.0.reboot.kernel: belongs to into: kernel',
        '8: steps.0.reboot.how: kexec starts a kernel of this profile: say into: kernel',
      ],
    },
    {
      name: 'a kernel from outside',
      text: withReboot('{ into: kernel, kernel: ../vmlinuz }'),
      want: ['8: steps.0.reboot.kernel: ../vmlinuz leads out of the folder of the profile'],
    },
    {
      name: 'a failure that is met by anything but scripts',
      text: `${GOOD}onFailure: { actions: [{ extract: root }] }\n`,
      want: [expect.stringMatching(/onFailure.actions.0/) as unknown as string],
    },
    {
      name: 'text that is no YAML',
      text: changed('architecture: x64', 'architecture: [x64'),
      want: [expect.stringMatching(/^[23]: /) as unknown as string],
    },
    { name: 'no mapping at all', text: 'hello', want: ['1: must be object'] },
  ])('$name', ({ text, want }) => {
    const problems = problemsOf(text)
    expect(problems.slice(0, want.length)).toEqual(want)
  })

  it('names all mistakes at once', () => {
    const text = changed('type: linux', 'type: linus')
      .replace('  image: web', '  timeoutSeconds: 5')
      .replace('architecture: x64', 'architecture: x86')
    expect(problemsOf(text)).toHaveLength(3)
  })
})
