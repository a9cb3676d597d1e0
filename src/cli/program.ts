// A whole command line: finds the command, gives it the real world, and ends with its exit code.
import { setTimeout as sleep } from 'node:timers/promises'
import { findLocalAppliance } from '../appliance/load-settings.ts'
import { VERSION } from '../appliance/version.ts'
import type { OperatorApi } from './api.ts'
import { createApiClient } from './api-client.ts'
import { ask } from './ask.ts'
import { askSecret } from './ask-secret.ts'
import type { ApiTarget, CommandContext } from './command.ts'
import { COMMANDS } from './commands.ts'
import { execute, reportFailure } from './execute.ts'
import { findCommand } from './find-command.ts'
import { overviewOf } from './help.ts'
import { createOutput } from './output.ts'
import { trustCaIn, trustKeptCa } from './trust-ca.ts'
import { whereIs } from './where-is.ts'

const out = createOutput(process.stdout, process.stderr)
const stop = new AbortController()

/** 128 + 2: what a shell reports for a program that was interrupted. */
const INTERRUPTED = 130

function context(): CommandContext {
  return {
    out,
    environment: process.env,
    signal: stop.signal,
    connect,
    ask: (prompt) => ask(prompt, stop.signal),
    askSecret: (prompt) => askSecret(prompt, stop.signal),
    sleep: (milliseconds, signal) => sleep(milliseconds, undefined, { signal }),
  }
}

function connect(target: ApiTarget): OperatorApi {
  const where = whereIs(target, process.env, () => findLocalAppliance({ file: undefined, environment: process.env, flags: {} }))
  const { PLATEN_CA_FILE: file = '' } = process.env
  if (file !== '') trustCaIn(file)
  trustKeptCa(where.keptCaFile)
  const { site } = target
  return createApiClient({ ...where, ...(site === undefined ? {} : { site }), signal: stop.signal })
}

async function main(argv: readonly string[]): Promise<number> {
  const [first] = argv
  if (first === undefined || first === '--help' || first === '-h' || first === 'help') {
    out.print(overviewOf(COMMANDS))
    return first === undefined ? 64 : 0
  }
  if (first === '--version') {
    out.print(VERSION)
    return 0
  }
  try {
    const { command, argv: rest } = findCommand(COMMANDS, argv)
    return await execute(command, rest, context())
  } catch (error) {
    return reportFailure(error, out)
  }
}

/** Sets the exit code of this process. */
export async function runProgram(argv: readonly string[]): Promise<void> {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    // Once: whoever asks a second time means it, and the default action ends the process.
    process.once(signal, () => stop.abort())
  }
  // A reader that closed the pipe (`| head`) wants no more: not a failure.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 74))
  try {
    process.exitCode = await main(argv)
  } catch (error) {
    out.endProgress()
    if (!stop.signal.aborted) throw error
    process.exitCode = INTERRUPTED
  }
}
