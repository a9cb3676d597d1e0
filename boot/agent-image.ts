// The agent as its own small initrd: one bundled file, /agent/main.mjs. Touches esbuild and the sources.
// The same for every architecture, quick to make, and loaded behind the boot OS: a new agent needs no new boot OS.
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { constants, zstdCompress } from 'node:zlib'
import { build } from 'esbuild'
import { encodeCpio } from './cpio.ts'
import { directory, file } from './file-tree.ts'
import { padInitrd } from './initrd.ts'

const ENTRY_POINT = new URL('../src/winpe-agent/main.ts', import.meta.url).pathname
/** Bundled CommonJS packages call require; an ECMAScript module has none of its own. */
const BANNER =
  "import { createRequire as createRequireOfBundle } from 'node:module'; const require = createRequireOfBundle(import.meta.url);"

export async function buildAgentImage(entryPoint = ENTRY_POINT): Promise<Buffer> {
  const bundle = await bundleAgent(entryPoint)
  const archive = Buffer.concat([...encodeCpio([directory('agent'), file('agent/main.mjs', bundle)])])
  const compressed = await promisify(zstdCompress)(archive, { params: { [constants.ZSTD_c_compressionLevel]: 12 } })
  return padInitrd(compressed)
}

async function bundleAgent(entryPoint: string): Promise<Uint8Array> {
  const { version } = JSON.parse(await readFile(new URL('../package.json', import.meta.url), 'utf8')) as { version: string }
  const { outputFiles } = await build({
    entryPoints: [entryPoint],
    // Names of source files are written into the bundle relative to here, so that it does not depend on where the project lies.
    absWorkingDir: new URL('../', import.meta.url).pathname,
    bundle: true,
    write: false,
    platform: 'node',
    format: 'esm',
    target: 'node24',
    minifySyntax: true,
    legalComments: 'none',
    logLevel: 'silent',
    banner: { js: BANNER },
    define: { PLATEN_VERSION: JSON.stringify(version) },
  })
  return outputFiles[0]!.contents
}
