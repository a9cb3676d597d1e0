// Starts a server program, waits until it answers, and ends it again.
import { type ChildProcess, spawn } from 'node:child_process'
import { setTimeout as pause } from 'node:timers/promises'
import type { Program } from './programs.ts'

export interface RunningServer {
  readonly name: string
  readonly pid: number
  stop(): Promise<void>
}

export interface ServerCommand {
  readonly name: string
  readonly program: Program
  readonly args: readonly string[]
  /** Resolves to true when it serves. Asked again and again for ten seconds. */
  readonly isUp: () => Promise<boolean>
}

export async function startServer({ name, program, args, isUp }: ServerCommand): Promise<RunningServer> {
  const child = spawn(program.path, args, { stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, ...program.env } })
  let complaints = ''
  child.stderr.on('data', (text: Buffer) => {
    complaints = (complaints + text.toString()).slice(-2000)
  })
  for (let attempt = 0; attempt < 100; attempt++) {
    if (child.exitCode !== null) throw new Error(`${name} ended with ${child.exitCode}: ${complaints}`)
    if (await isUp()) return { name, pid: child.pid!, stop: () => stop(child) }
    await pause(100)
  }
  await stop(child)
  throw new Error(`${name} did not answer within ten seconds: ${complaints}`)
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = new Promise((done) => child.once('exit', done))
  child.kill('SIGTERM')
  const timer = setTimeout(() => child.kill('SIGKILL'), 3000)
  await ended
  clearTimeout(timer)
}
