import { defineConfig } from 'vitest/config'
import { PlainCountReporter } from './test/plain-count-reporter.ts'

// unit: everything that needs neither a block device nor a virtual machine.
// loop: real filesystems on loop devices (root). rack: virtual machines that boot over the network (root, slow).
// loop-long, rack-long: the same, for a night; `npm test` leaves them out (package.json names the projects that it runs).
// faults: an appliance whose power goes off, whose files are damaged, whose folder is another version's; a short form of `npm run test:faults`.
// page: the console in a browser, at an appliance with a simulated fleet.
// One project after the other: two cores do not carry all of them at once.
const onMachines = (options: { name: string; folder: string; order: number; timeout: number }) => ({
  test: {
    name: options.name,
    include: [`${options.folder}/**/*.test.ts`],
    fileParallelism: false,
    sequence: { groupOrder: options.order },
    testTimeout: options.timeout,
    hookTimeout: options.timeout,
  },
})

// What tests start as root stays root, in their folders that nobody else may enter; those of rights and the rack say otherwise.
process.env.PLATEN_USER ??= 'root'

export default defineConfig({
  test: {
    reporters: ['default', new PlainCountReporter()],
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/{rack,loop}{,-long}/**', 'test/page/**', 'test/faults/**'],
          // Generous: virtual machines of another run may hold both cores.
          testTimeout: 30_000,
          hookTimeout: 30_000,
          sequence: { groupOrder: 0 },
        },
      },
      onMachines({ name: 'faults', folder: 'test/faults', order: 1, timeout: 120_000 }),
      onMachines({ name: 'page', folder: 'test/page', order: 1, timeout: 300_000 }),
      onMachines({ name: 'loop', folder: 'test/loop', order: 2, timeout: 300_000 }),
      onMachines({ name: 'rack', folder: 'test/rack', order: 3, timeout: 1_200_000 }),
      onMachines({ name: 'loop-long', folder: 'test/loop-long', order: 4, timeout: 1_800_000 }),
      onMachines({ name: 'rack-long', folder: 'test/rack-long', order: 5, timeout: 1_800_000 }),
    ],
  },
})
