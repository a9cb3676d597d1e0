// The netboot room alone, as a process of its own: node our-netboot.ts '{"bootDir": …}'. Says "up" when it is. Ends on SIGTERM.
import { createNetboot, type NetbootConfig } from '../../src/netboot/index.ts'

const config = JSON.parse(process.argv[2] ?? '{}') as NetbootConfig
const netboot = createNetboot(config, {
  policy: { mayBoot: () => true, bootAnswer: () => ({ kind: 'local-disk', methods: ['exit'] }) },
  log: { info() {}, warn: (_fields, line) => console.error(line) },
})
await netboot.start()
console.log('up')
process.on('SIGTERM', () => {
  void netboot.stop().then(() => process.exit(0))
})
