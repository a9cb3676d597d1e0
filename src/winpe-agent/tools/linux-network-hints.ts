// What the boot OS's DHCP client left behind: the directories of the lease, and the domains of the network. Reads two files.
import { readFile } from 'node:fs/promises'
import type { NetworkHints } from '../directories.ts'

export interface HintFiles {
  /** Written by /usr/lib/platen/on-dhcp: the option's bytes as busybox gives them, in hex. */
  readonly leaseOption: string
  readonly resolvConf: string
}

const FILES: HintFiles = { leaseOption: '/run/platen/directory-option', resolvConf: '/etc/resolv.conf' }

export function linuxNetworkHints({ leaseOption, resolvConf }: HintFiles = FILES): NetworkHints {
  return {
    async leaseDirectories() {
      const hex = (await readText(leaseOption)).trim()
      const text = /^([0-9a-f]{2})+$/i.test(hex) ? Buffer.from(hex, 'hex').toString('latin1') : hex
      return text.split(/[\s,\0]+/).filter((word) => word !== '')
    },
    async searchDomains() {
      const lines = (await readText(resolvConf)).split('\n').map((line) => line.trim().split(/\s+/))
      return [...new Set(lines.filter(([word]) => word === 'search' || word === 'domain').flatMap(([, ...domains]) => domains))]
    },
  }
}

/** No file: nothing was told. */
async function readText(path: string): Promise<string> {
  return readFile(path, 'utf8').catch(() => '')
}
