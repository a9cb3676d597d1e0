// npm run package: what people install, with nothing asked. README.md beside this file says what comes out.
import { cpSync, mkdirSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { makeArchive, sign, writeChecksums } from './archive.ts'
import { installedPackages, writeBill } from './bill-of-materials.ts'
import { makeDeb } from './deb.ts'
import { unknownLicences } from './licences.ts'
import { makeOciLayout } from './oci.ts'
import { makeProgramTree, programVersion, settle, sourceDateSeconds } from './program-tree.ts'
import { TARGETS, type Target } from './target.ts'

const USAGE = 'usage: npm run package [-- --architecture amd64|arm64] [--out FOLDER] [--oci] [--sign KEY-OF-MINISIGN]'

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      architecture: { type: 'string' },
      out: { type: 'string', default: join(import.meta.dirname, '../../.cache/package') },
      oci: { type: 'boolean', default: false },
      sign: { type: 'string' },
    },
  })
  const targets = TARGETS.filter(({ architecture }) => values.architecture === undefined || architecture === values.architecture)
  if (targets.length === 0) throw new Error(USAGE)
  const out = resolve(values.out)
  const work = `${out}.work`
  mkdirSync(out, { recursive: true })
  mkdirSync(work, { recursive: true })
  for (const target of targets) await pack(target, { out, work, oci: values.oci })
  const sums = await writeChecksums(out)
  if (values.sign !== undefined) sign(sums, values.sign)
  rmSync(work, { recursive: true })
  console.log(`packed into ${out}`)
}

interface Places {
  readonly out: string
  readonly work: string
  readonly oci: boolean
}

async function pack(target: Target, { out, work, oci }: Places): Promise<void> {
  const [version, epochSeconds] = [programVersion(), sourceDateSeconds()]
  const name = `platen-${version}-linux-${target.cpu}`
  const folder = join(work, target.architecture)
  const program = join(folder, name)
  console.log(`${name}: npm packages`)
  makeProgramTree(program, target)
  const unknown = unknownLicences(installedPackages(program))
  if (unknown.length > 0)
    throw new Error(`may these be given to others? setup/package/licences.ts has those that may:\n${unknown.join('\n')}`)
  writeBill(program, join(out, `${name}.cdx.json`), epochSeconds)
  cpSync(join(out, `${name}.cdx.json`), join(program, 'sbom.cdx.json'))
  settle(folder, epochSeconds)
  console.log(`${name}: archive and Debian package`)
  makeArchive(folder, join(out, `${name}.tar.gz`))
  const deb = makeDeb({ target, version, epochSeconds, program, workDir: join(work, `${target.architecture}-deb`), outDir: out })
  if (!oci || target.cpu !== process.arch) return
  console.log(`${name}: container image`)
  const layout = join(out, `platen-${version}-oci-${target.architecture}`)
  await makeOciLayout({ target, version, epochSeconds, deb, workDir: folder, outDir: layout })
}

await main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
})
