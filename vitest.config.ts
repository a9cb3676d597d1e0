import { defineConfig } from 'vitest/config'
import { PlainCountReporter } from './test/plain-count-reporter.ts'

// unit: everything that needs neither a block device nor a virtual machine.
// loop: real filesystems on loop devices (root). rack: virtual machines that boot over the network (root, slow).
// One project after the other: two cores do not carry all of them at once.
export default defineConfig({
  test: {
    reporters: ['default', new PlainCountReporter()],
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/rack/**', 'test/loop/**'],
          // Generous: virtual machines of another run may hold both cores.
          testTimeout: 30_000,
          hookTimeout: 30_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: 'loop',
          include: ['test/loop/**/*.test.ts'],
          fileParallelism: false,
          sequence: { groupOrder: 1 },
          testTimeout: 300_000,
          hookTimeout: 300_000,
        },
      },
      {
        test: {
          name: 'rack',
          include: ['test/rack/**/*.test.ts'],
          fileParallelism: false,
          sequence: { groupOrder: 2 },
          testTimeout: 1_200_000,
          hookTimeout: 1_200_000,
        },
      },
    ],
  },
})
