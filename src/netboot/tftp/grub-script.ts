// What signed GRUB runs when Secure Boot is on: it loads only what is signed. Pure.
// Its language has no && and no ||: with one of them in it, GRUB drops the whole script with "Incorrect command".
import type { Architecture } from '../../contract/values.ts'
import { type BootAnswer, filesInUse } from '../boot-policy.ts'
import { grubScriptName } from '../grub-script-name.ts'

/** GRUB knows its MAC and processor type only once it runs, so its first file sends it to its own. */
export function grubStub(): string {
  return script(
    'configfile /boot/$' + '{net_default_mac}.$' + '{grub_cpu}.grub',
    'echo No answer from the appliance',
    'sleep 10',
    'reboot',
  )
}

const LOCAL_LOADERS: Readonly<Record<Architecture, readonly string[]>> = {
  x64: ['/EFI/BOOT/BOOTX64.EFI', '/EFI/debian/shimx64.efi', '/EFI/Microsoft/Boot/bootmgfw.efi'],
  arm64: ['/EFI/BOOT/BOOTAA64.EFI', '/EFI/debian/shimaa64.efi'],
}

export interface GrubScriptInput {
  readonly answer: BootAnswer
  readonly mac: string
  readonly architecture: Architecture
  readonly applianceUrl: string
}

export function grubScript({ answer, mac, architecture, applianceUrl }: GrubScriptInput): string {
  const again = `configfile /${grubScriptName({ mac, architecture, isAgain: true })}`
  switch (answer.kind) {
    case 'boot-os': {
      const { kernelPath, initrdPaths } = answer.files ?? filesInUse(answer.architecture)
      const initrds = initrdPaths.map((path) => `$from${path}`).join(' ')
      // By HTTP, and where this GRUB cannot, the way that it came: its TFTP asks for each kilobyte when it has the one before.
      return script(
        'echo Starting the boot OS',
        `for from in (http,${new URL(applianceUrl).host}) ($root); do`,
        `  if linux $from${kernelPath} ${answer.kernelArguments.map(quoted).join(' ')}; then`,
        `    if initrd ${initrds}; then`,
        '      boot',
        '    fi',
        '  fi',
        'done',
        'sleep 5',
        again,
      )
    }
    case 'kernel':
      // Asked for by no job: GRUB loads only what is signed, so such a step is refused for machines that start through it.
      return script('echo This machine starts with Secure Boot on and cannot load the kernel of its job', 'sleep 30', again)
    case 'wait':
      return script(`echo ${quoted(answer.message)}`, `sleep ${answer.retrySeconds}`, again)
    case 'local-disk':
      // Leaving GRUB tells the firmware "done", and it opens its menu; so the disk's own loader is started from here.
      return script(
        'echo Nothing to do here: starting from the local disk',
        `for loader in ${LOCAL_LOADERS[architecture].join(' ')}; do`,
        '  if search --no-floppy --set=root --file $loader; then',
        '    if chainloader ($root)$loader; then',
        '      boot',
        '    fi',
        '  fi',
        'done',
        'exit',
      )
  }
}

function script(...lines: readonly string[]): string {
  return `${lines.join('\n')}\n`
}

/** One word, whatever is in it; a single quote cannot be inside single quotes. */
function quoted(text: string): string {
  return /^[\w=.,:/@%+-]+$/.test(text) ? text : `'${text.replaceAll(/[^\x20-\x7e]|'/g, ' ')}'`
}
