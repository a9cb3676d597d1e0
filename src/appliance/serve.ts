// The appliance as a process: locks its data, starts, says where it is, and stops clean when it is told to.
import { join } from 'node:path'
import { parseListenFds } from '../netboot/index.ts'
import { lockDataDir } from './data-dir-lock.ts'
import { interfacesWithoutSocket } from './device-sockets.ts'
import { createLog } from './log.ts'
import type { ApplianceConfig } from './resolve.ts'
import { goOnAsSuccessor } from './successor.ts'
import { RecentLines } from './support/recent-lines.ts'
import { wire } from './wire.ts'

export interface ServeContext {
  /** Tells which sockets systemd handed over (sd_listen_fds). */
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly signal: AbortSignal
}

/** Returns when the signal is aborted and everything has stopped. */
export async function serve(config: ApplianceConfig, { environment, signal }: ServeContext): Promise<void> {
  const handedSockets = parseListenFds(environment, process.pid)
  goOnAsSuccessor({ ...config, withoutSocket: interfacesWithoutSocket(config, handedSockets) }, environment)
  const recent = new RecentLines()
  const log = createLog(config.log, process.stdout, recent)
  const unlock = await lockDataDir(config.dataDir)
  try {
    const appliance = await wire(config, {
      log,
      handedSockets,
      traceEndpoint: environment.OTEL_EXPORTER_OTLP_ENDPOINT,
      recentLog: () => recent.list(),
    })
    await appliance.start()
    const { url, interfaces, dataDir, profilesDir, bootDir } = config
    const tokenFile = join(dataDir, 'secrets', 'operator-token')
    log.info(
      {
        url,
        interfaces: interfaces.map(({ name, address, mode }) => `${name} ${address} ${mode}`),
        profilesDir,
        bootDir,
        tokenFile,
      },
      `appliance is up at ${url}; the operator token is in ${tokenFile}`,
    )
    await aborted(signal)
    log.info('appliance stops')
    await appliance.stop()
    log.info('appliance has stopped')
  } finally {
    await unlock()
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
