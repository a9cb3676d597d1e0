// One appliance a data folder: two would overwrite each other's state. A socket in the folder, so that a crash leaves no lock.
import { closeSync, mkdirSync, openSync, unlinkSync } from 'node:fs'
import { connect, createServer, type Server } from 'node:net'
import { AppError } from '../contract/errors.ts'

const NAME = 'appliance.sock'

/** The returned function gives the folder free; the end of the process does, too. */
export async function lockDataDir(dataDir: string): Promise<() => Promise<void>> {
  mkdirSync(dataDir, { recursive: true })
  const folder = openSync(dataDir, 'r')
  // A socket's path has at most 107 bytes (unix(7)); through the open folder any depth will do.
  const path = `/proc/self/fd/${folder}/${NAME}`
  try {
    const server = await listenOrTakeOver(path, dataDir)
    server.unref()
    // The folder stays open meanwhile: closing the server removes the socket by this same path.
    return async () => {
      await close(server)
      closeSync(folder)
    }
  } catch (error) {
    closeSync(folder)
    throw error
  }
}

async function listenOrTakeOver(path: string, dataDir: string): Promise<Server> {
  try {
    return await listen(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error
  }
  const owner = await askOwner(path)
  if (owner !== undefined) {
    throw new AppError(
      'APPLIANCE_ALREADY_RUNNING',
      `process ${owner} works on ${dataDir}`,
      `Stop it (kill ${owner}, or systemctl stop platen), or give this one a folder of its own: --data-dir DIR.`,
    )
  }
  // Nobody answers: what is left of a process that was killed.
  unlinkSync(path)
  return listen(path)
}

function listen(path: string): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.end(String(process.pid)))
    server.once('error', reject)
    server.listen(path, () => resolve(server))
  })
}

/** The process that holds the folder; undefined when nobody answers. */
function askOwner(path: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    let pid = ''
    const socket = connect(path)
    socket.on('data', (part) => {
      pid += part
    })
    socket.once('close', (hadError) => resolve(hadError ? undefined : pid))
    socket.once('error', () => undefined)
  })
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()))
}
