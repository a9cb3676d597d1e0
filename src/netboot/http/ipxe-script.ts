// The scripts that iPXE runs: what a machine does next, and how it gets here through a slow switch. Pure.
import { posix } from 'node:path'
import type { LocalBootMethod } from '../../contract/values.ts'
import { type BootAnswer, type BootClient, filesInUse } from '../boot-policy.ts'
import { scriptUrl } from '../script-url.ts'

export interface ScriptInput {
  readonly answer: BootAnswer
  readonly client: Pick<BootClient, 'mac' | 'applianceUrl' | 'firmware'>
}

export function bootScript({ answer, client }: ScriptInput): string {
  const { applianceUrl: httpBase } = client
  const again = `chain --replace ${scriptUrl(httpBase, client.mac)}`
  switch (answer.kind) {
    case 'local-disk':
      return script('echo Nothing to do here: starting from the local disk', ...localDisk(answer.methods, client.firmware))
    case 'wait':
      return script(
        `echo ${printable(answer.message)}`,
        `sleep ${answer.retrySeconds}`,
        `${again} || goto broken`,
        ...retry(again),
      )
    case 'kernel': {
      const { kernelPath, initrdPath, kernelArguments } = answer
      const words = printable([...(initrdPath === undefined ? [] : ['initrd=initrd']), kernelArguments].join(' '))
      return script(
        'echo Starting the kernel of the job that runs on this machine',
        'imgfree',
        `kernel --name kernel ${httpBase}${kernelPath} ${words} || goto broken`,
        ...(initrdPath === undefined ? [] : [`initrd --name initrd ${httpBase}${initrdPath} || goto broken`]),
        'boot || goto broken',
        ...retry(again),
      )
    }
    case 'boot-os': {
      const { kernelPath, initrdPaths } = answer.files ?? filesInUse(answer.architecture)
      const initrds = initrdPaths.map((path) => ({ path, name: posix.basename(path) }))
      // UEFI's stub takes the initrds by name when the loader offers no better way; BIOS kernels ignore the words.
      const words = [...initrds.map(({ name }) => `initrd=${name}`), ...answer.kernelArguments].map(printable).join(' ')
      return script(
        'echo Starting the boot OS',
        'imgfree',
        `kernel --name vmlinuz ${httpBase}${kernelPath} ${words} || goto broken`,
        ...initrds.map(({ path, name }) => `initrd --name ${name} ${httpBase}${path} || goto broken`),
        'boot || goto broken',
        ...retry(again),
      )
    }
  }
}

function retry(again: string): readonly string[] {
  return [':broken', 'echo That failed; trying again in 5 seconds', 'imgfree', 'sleep 5', `${again}&again=1 || goto broken`]
}

/**
 * In the order that the node's record says worked. boot-next was set by the agent before it restarted the machine, so the firmware
 * never comes here for it. `exit 1`, not 0: UEFI takes success for "done" and opens its menu, failure for "try the next entry".
 */
function localDisk(methods: readonly LocalBootMethod[], firmware: BootClient['firmware']): readonly string[] {
  const lines = methods.flatMap((method) => localBootLines(method, firmware))
  return lines.at(-1) === 'exit 1' ? lines : [...lines, 'exit 1']
}

function localBootLines(method: LocalBootMethod, firmware: BootClient['firmware']): readonly string[] {
  switch (method) {
    case 'boot-next':
      return []
    case 'exit':
      return ['exit 1']
    case 'sanboot':
      return [`sanboot --no-describe --drive ${firmware === 'uefi' ? '0' : '0x80'} ||`]
  }
}

/**
 * What our loader runs first when it finds it beside itself: DHCP again and again while a switch port is still learning
 * (spanning tree takes 30 to 50 s), and IPv4 only, because a router advertisement that never comes costs 16 s.
 */
export function autoexecScript(httpBase: string): string {
  return script(
    'echo Platen: asking for an address',
    'set attempt:int32 0',
    ':address',
    'ifconf --configurator dhcp && goto script ||',
    'inc attempt',
    'iseq $' + '{attempt} 20 && goto given-up ||',
    'sleep 3',
    'goto address',
    ':script',
    `chain --replace ${scriptUrl(httpBase, '$' + '{netX/mac:hexhyp}')} ||`,
    'echo No boot script; trying again in 5 seconds',
    'sleep 5',
    'goto script',
    ':given-up',
    'echo No address after 20 attempts: is this port in the right network, and does a DHCP server answer there?',
    'exit 1',
  )
}

function script(...lines: readonly string[]): string {
  return `${['#!ipxe', ...lines].join('\n')}\n`
}

/**
 * One line of visible ASCII: a line break would be a command, $ and { a setting. A word that ends a command or begins a comment (iPXE,
 * core/exec.c: `||`, `&&`, `;`, `#…`) is one more word in quotes; iPXE knows no other way.
 */
function printable(text: string): string {
  return text
    .replaceAll(/[^\x20-\x7e]/g, ' ')
    .replaceAll('${', '$ {')
    .replaceAll(/(?<=^| )(\|\||&&|;|#[^ ]*)(?= |$)/g, "'$1'")
}
