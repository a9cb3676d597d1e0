// What goes over the rack's wire in DHCP and to port 4011, as a pcap file: the evidence of a boot, and the source of test/captures.
import { join } from 'node:path'
import { BRIDGE } from './network.ts'
import { OwnedProcess } from './owned-process.ts'
import type { Rack } from './rack.ts'

const STARTED = /listening on/
const START_TIMEOUT_MS = 15_000

/** Returns when nothing can be missed any longer. The file is whole once the rack, or this, is stopped. */
export async function startCapture(rack: Rack, name: string): Promise<OwnedProcess> {
  const file = join(rack.directory, `${name}.pcap`)
  const words = ['-i', BRIDGE, '-n', '-U', '--immediate-mode', '-Z', 'root', '-w', file]
  words.push('port 67 or port 68 or port 4011')
  const tcpdump = new OwnedProcess('tcpdump', words, {
    namespace: rack.namespace,
    logFile: join(rack.directory, 'tcpdump.log'),
  })
  rack.adopt(tcpdump)
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`tcpdump does not listen: ${tcpdump.tail()}`)), START_TIMEOUT_MS)
    tcpdump.onDiagnostics((bytes) => {
      if (!STARTED.test(bytes.toString())) return
      clearTimeout(timer)
      resolve()
    })
  })
  return tcpdump
}
