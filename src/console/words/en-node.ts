// Texts of what is done to one node.
export const enNode = {
  nodeDialogs: {
    'put-back': 'Put back to …',
    capture: 'Capture',
    try: 'Try a version',
    run: 'Run a script',
    check: 'Check the hardware',
    wipe: 'Wipe disks',
    hold: 'Hold',
    reclaim: 'Take its job away and hold',
    retire: 'Take out of service',
  },
  holding: {
    reason: 'Why',
    says: {
      hold: 'It gets no further job until it is released. A job that it runs goes on.',
      reclaim: 'Its job goes back to the queue, where another machine may take it. What was written stays on its disk.',
    },
    retires: (name: string) => `${name} gets no job any more. A machine with its hardware is a new node.`,
  },
  trying: {
    says: (name: string) =>
      `${name} runs the version in its memory when it boots next. Its disk stays as it is, and after the boot behind that it is what it was.`,
  },
  running: {
    script: 'Script',
    inRoot: 'Inside of the system on its disk',
    inRootSays: 'That system does not run meanwhile. Left out: in the boot OS.',
  },
  checking: {
    items: 'What is tested',
    names: { memory: 'Memory', processor: 'Processor', disk: 'Disks (they are only read)', network: 'Network' },
    minutes: 'Minutes for each',
  },
  wiping: {
    disks: 'Disks that are erased',
    noDisks: 'It has no disk that can be written.',
    method: 'How',
    best: 'the best that the disk can',
    methods: {
      'nvme-sanitize-block': 'NVMe sanitize: erase all blocks',
      'nvme-sanitize-crypto': 'NVMe sanitize: throw away the key',
      'nvme-format': 'NVMe format: erase',
      'nvme-format-crypto': 'NVMe format: throw away the key',
      'ata-secure-erase-enhanced': 'ATA secure erase, enhanced',
      'ata-secure-erase': 'ATA secure erase',
      discard: 'Discard all blocks',
      overwrite: 'Write over every block',
    },
    says: (name: string, disks: number) =>
      disks === 1
        ? `Everything on this disk of ${name} is lost for ever:`
        : `Everything on these ${disks} disks of ${name} is lost for ever:`,
    runs: (what: string) => `It runs ${what} now`,
  },
  boots: {
    tab: 'Boots',
    none: 'No boot was seen yet',
    since: (at: string) => `Boots are kept in memory, since ${at}.`,
    says: (what: string, took: string, steps: number) => `${what}, ${steps === 1 ? '1 step' : `${steps} steps`} in ${took}`,
    answers: {
      'local-disk': 'sent to its own disk',
      'boot-os': 'sent into the boot OS',
      kernel: 'sent into a kernel',
      wait: 'told to wait',
    },
    unanswered: 'never asked what to boot',
    by: { dhcp: 'DHCP', tftp: 'TFTP', http: 'HTTP' },
    verdicts: { good: 'good', odd: 'odd', bad: 'went wrong' },
    leftOut: (n: number) => `${n} more steps were not kept.`,
  },
} as const
