// Builds the page into built/, where the appliance serves it from. All addresses are relative: the page works under any path.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import react from '@vitejs/plugin-react'
import { defineConfig, type Plugin } from 'vite'

const OUT = join(import.meta.dirname, 'built')

export default defineConfig({
  root: import.meta.dirname,
  base: './',
  plugins: [react(), packed()],
  build: {
    outDir: OUT,
    emptyOutDir: true,
    // A strict policy: nothing inline, no data: addresses but for pictures.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 1500,
  },
})

/** Each text file once more as .br and .gz, so that the appliance packs nothing while it serves. */
function packed(): Plugin {
  return {
    name: 'packed',
    apply: 'build',
    closeBundle() {
      for (const entry of readdirSync(OUT, { recursive: true, encoding: 'utf8' })) {
        if (!/\.(js|css|svg|json)$/.test(entry)) continue
        const bytes = readFileSync(join(OUT, entry))
        writeFileSync(join(OUT, `${entry}.br`), brotliCompressSync(bytes))
        writeFileSync(join(OUT, `${entry}.gz`), gzipSync(bytes))
      }
    },
  }
}
