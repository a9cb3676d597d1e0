// A router's word on the rack's network, without which iPXE's ROM waits 16 s for one at every boot. Touches radvd, if it is there.
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { BRIDGE } from './network.ts'
import { OwnedProcess } from './owned-process.ts'

const RADVD = '/usr/sbin/radvd'

/** No prefix, no default route: machines learn that there is nothing to wait for, and IPv4 stays all they have. */
const CONFIGURATION = `interface ${BRIDGE} { AdvSendAdvert on; AdvDefaultLifetime 0; MinRtrAdvInterval 3; MaxRtrAdvInterval 4; };\n`

/** undefined where radvd is not installed: the rack works without, only slower. */
export function startRouterAdvertiser(namespace: string, directory: string): OwnedProcess | undefined {
  if (!existsSync(RADVD)) return undefined
  const file = join(directory, 'radvd.conf')
  writeFileSync(file, CONFIGURATION)
  return new OwnedProcess(RADVD, ['-n', '-m', 'stderr', '-p', join(directory, 'radvd.pid'), '-C', file], {
    namespace,
    logFile: join(directory, 'radvd.log'),
  })
}
