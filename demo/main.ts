// npm run demo: the whole line on virtual machines, with a table of what was proven at the end. Exit status 0 only when all was.
import { parseArgs } from 'node:util'
import { prepare } from '../test/rack/prepare.ts'
import { LAST_FAILURE, Rack } from '../test/rack/rack.ts'
import { WALK_PROFILES, walk } from '../test/rack/walk.ts'
import { showConsole } from './console.ts'
import { Screen } from './screen.ts'
import { claimTable, phaseTable, versionTable } from './tables.ts'

const USAGE = `usage: npm run demo [-- --profile ${WALK_PROFILES.map(({ name }) => name).join('|')}] [--keep]
       npm run demo -- --console [--nodes N]`

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      profile: { type: 'string', default: 'tiny-linux' },
      keep: { type: 'boolean', default: false },
      console: { type: 'boolean', default: false },
      nodes: { type: 'string', default: '120' },
    },
  })
  const profile = WALK_PROFILES.find(({ name }) => name === values.profile)
  if (profile === undefined) throw new Error(`no profile to walk with is called ${values.profile}\n${USAGE}`)

  const interrupted = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => interrupted.abort(new Error(`interrupted by ${signal}`)))
  if (values.console) {
    await showConsole(Number(values.nodes), interrupted.signal)
    return 0
  }
  const screen = new Screen(process.stdout)
  const startedAt = Date.now()
  screen.phase('What the rack needs is made ready')
  const { accelerator, ...places } = await prepare(profile.name, (stage) => screen.progress(stage))
  screen.proven('boot OS and components are there', `machines run under ${accelerator === 'kvm' ? 'KVM' : 'software emulation'}`)

  const rack = await Rack.create({ accelerator })
  try {
    const walked = walk({ rack, profile, ...places, listener: screen })
    const { report, appliance } = await orInterrupted(walked, interrupted.signal)
    screen.end()
    console.log(`\n${phaseTable(report)}\n\n${versionTable(report)}\n\n${claimTable(report)}`)
    console.log(`\nAll ${report.claims.length} claims were verified, in ${Math.round((Date.now() - startedAt) / 1000)} s.`)
    console.log('The console of such an appliance: npm run demo -- --console, or npm run demo -- --keep and this address.')
    if (values.keep) {
      console.log(`\nAppliance and machines stay on until Ctrl-C. Everything lies in ${rack.directory}.`)
      console.log(`  console            ${appliance.url}/console/, with the token in ${appliance.tokenFile}`)
      console.log(`  API description    ${appliance.url}/docs`)
      console.log(
        `  command line       export PLATEN_URL=${appliance.url} PLATEN_TOKEN_FILE=${appliance.tokenFile}; bin/platen node list`,
      )
      for (const machine of rack.machines) console.log(`  ${machine.spec.name}             tail -f ${machine.serialLog}`)
      await new Promise<void>((resolve) => interrupted.signal.addEventListener('abort', () => resolve()))
    }
    return 0
  } catch (error) {
    rack.saveLogs()
    throw new Error(`${(error as Error).message}\nThe logs of appliance and machines are in ${LAST_FAILURE}.`, { cause: error })
  } finally {
    screen.end()
    await rack.close()
  }
}

function orInterrupted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    work.then(resolve, reject)
    signal.addEventListener('abort', () => reject(signal.reason))
    if (signal.aborted) reject(signal.reason)
  })
}

let status = 1
try {
  status = await main()
} catch (error) {
  console.error(`\ndemo: ${(error as Error).message}`)
}
// What still waits for a machine that is gone (up to half an hour) must not hold the terminal.
process.exit(status)
