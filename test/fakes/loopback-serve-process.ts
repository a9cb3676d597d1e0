// `platen serve` for machines of a test that all speak from 127.0.0.1: the same program, but that every address is whose it says it is.
// Takes options with a value only: --http-port 8080.

import { lockDataDir } from '../../src/appliance/data-dir-lock.ts'
import { loadConfig } from '../../src/appliance/load-config.ts'
import { createLog } from '../../src/appliance/log.ts'
import { wire } from '../../src/appliance/wire.ts'
import { parseListenFds } from '../../src/netboot/index.ts'
import { EVERYBODYS_ADDRESS } from './proven-peer.ts'

const words = process.argv.slice(2)
const flags = Object.fromEntries(
  words.flatMap((word, at) => (word.startsWith('--') ? [[word.slice(2), words[at + 1] ?? '']] : [])),
)
const config = loadConfig({ file: undefined, environment: {}, flags })
const log = createLog(config.log, process.stdout)
const unlock = await lockDataDir(config.dataDir)
const handedSockets = parseListenFds({}, process.pid)
const appliance = await wire(config, { log, handedSockets, neighbours: EVERYBODYS_ADDRESS })
await appliance.start()
log.info(`appliance is up at ${config.url}`)
process.on('SIGTERM', () => {
  void appliance.stop().then(unlock)
})
