// `npm run bench -- NAME [options]`: runs bench/NAME.ts; its last line of output is one JSON object with what was measured.
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

// What benches start as root stays root, in their folders.
process.env.PLATEN_USER ??= 'root'
const here = import.meta.dirname
const [name = '', ...rest] = process.argv.slice(2)
const names = readdirSync(here)
  .filter((file) => file.endsWith('.ts') && file !== 'main.ts')
  .map((file) => file.slice(0, -'.ts'.length))

if (!names.includes(name) || !existsSync(join(here, `${name}.ts`))) {
  process.stderr.write(`usage: npm run bench -- NAME [options]\nbenches: ${names.join(', ')}\n`)
  process.exitCode = 64
} else {
  process.argv.splice(2, process.argv.length, ...rest)
  await import(join(here, `${name}.ts`))
}
