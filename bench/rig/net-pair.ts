// Two network namespaces joined by a cable, so that nothing of a bench leaves the machine. Needs root.
import { execFileSync } from 'node:child_process'

export const SERVER_IP = '10.55.0.1'
export const CLIENT_IP = '10.55.0.2'

export interface NetPair {
  readonly serverNamespace: string
  readonly clientNamespace: string
  end(): void
}

export function makeNetPair(): NetPair {
  const serverNamespace = `platen-bs-${process.pid}`
  const clientNamespace = `platen-bc-${process.pid}`
  const ip = (...args: string[]) => execFileSync('ip', args)
  const end = () => {
    for (const namespace of [serverNamespace, clientNamespace]) {
      try {
        ip('netns', 'del', namespace)
      } catch {
        // It was not made yet, or is gone: both are what is wanted.
      }
    }
  }
  try {
    ip('netns', 'add', serverNamespace)
    ip('netns', 'add', clientNamespace)
    ip('-n', serverNamespace, 'link', 'add', 'srv', 'type', 'veth', 'peer', 'name', 'cli', 'netns', clientNamespace)
    for (const [namespace, link, address] of [
      [serverNamespace, 'srv', SERVER_IP],
      [clientNamespace, 'cli', CLIENT_IP],
    ] as const) {
      ip('-n', namespace, 'address', 'add', `${address}/16`, 'dev', link)
      ip('-n', namespace, 'link', 'set', link, 'up')
      ip('-n', namespace, 'link', 'set', 'lo', 'up')
    }
  } catch (error) {
    end()
    throw error
  }
  return { serverNamespace, clientNamespace, end }
}
