// What is in a program's tree, by what is installed there: packages with their licences, and the list for other programs (CycloneDX).
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Licensed } from './licences.ts'
import { run } from './run.ts'

/** Every package that lies in node_modules, also inside of others. */
export function installedPackages(program: string): readonly Licensed[] {
  return packageFolders(join(program, 'node_modules')).map((folder) => {
    const { name, version, license, licenses } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest
    const said = license ?? licenses?.[0]
    return { name, version, licence: typeof said === 'string' ? said : said?.type }
  })
}

type Licence = string | { readonly type?: string }

interface Manifest {
  readonly name: string
  readonly version: string
  readonly license?: Licence
  /** As packages said it before 2015. */
  readonly licenses?: readonly Licence[]
}

function packageFolders(modules: string): string[] {
  if (!existsSync(modules)) return []
  const names = readdirSync(modules)
    .filter((name) => !name.startsWith('.'))
    .flatMap((name) => (name.startsWith('@') ? readdirSync(join(modules, name)).map((inner) => join(name, inner)) : [name]))
    .sort()
  return names
    .map((name) => join(modules, name))
    .flatMap((folder) => [folder, ...packageFolders(join(folder, 'node_modules'))])
    .filter((folder) => existsSync(join(folder, 'package.json')))
}

interface Bill {
  serialNumber?: string
  metadata: { timestamp?: string }
}

/** By npm; what differs from one time to the next is left out or is the time of the commit. */
export function writeBill(program: string, path: string, epochSeconds: number): void {
  const words = ['sbom', '--sbom-format=cyclonedx', '--sbom-type=application', '--omit=dev', '--package-lock-only']
  const bill = JSON.parse(run('npm', words, { cwd: program })) as Bill
  delete bill.serialNumber
  bill.metadata.timestamp = new Date(epochSeconds * 1000).toISOString()
  writeFileSync(path, `${JSON.stringify(bill, undefined, 2)}\n`)
}
