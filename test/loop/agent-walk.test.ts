// The agent as a real process against the real orchestrator over HTTP, on loop devices: build, kill in the middle, deploy, restarts. Needs root.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { JobView } from '../../src/contract/job.ts'
import { read, Site } from '../fakes/agent-site.ts'
import { PartitionedDisk, run } from '../fakes/partitioned-disk.ts'
import { LOOP_DEVICES, needs, ROOT } from '../needs.ts'

describe('an agent process and the orchestrator', { ...needs(ROOT, LOOP_DEVICES), timeout: 60_000 }, () => {
  it('builds an image and deploys it to another machine', async () => {
    await using site = await Site.open()
    using diskA = new PartitionedDisk(96)
    using diskB = new PartitionedDisk(96)

    await using a = site.boot(1, diskA)
    await a.says('(discovered)')
    const build = await site.post({ kind: 'build', profile: 'tiny' })
    await site.ask('POST', '/nodes/node-1/approve')
    await a.says('MACHINE RESTARTS')
    const built = await site.ask<JobView>('GET', `/jobs/${build.id}`)
    expect(built).toMatchObject({ state: 'succeeded', results: [{}, {}, {}, { kind: 'capture', imageVersion: 1 }] })
    expect(read(diskA, 'etc/issue')).toBe('version 1\n')
    const log = await site.ask<string>('GET', `/jobs/${build.id}/log.txt`)
    for (const words of ['plan for /dev/loop', `finishing on ${diskA.devicePath}p2`, 'step 4 of 4 done'])
      expect(log).toContain(words)

    await using b = site.boot(2, diskB)
    await b.says('(discovered)')
    await site.ask('POST', '/nodes/node-2/approve')
    const deploy = await site.post({ kind: 'deploy', image: 'tiny', node: 'node-2' })
    await b.says('MACHINE RESTARTS')
    expect(await site.ask<JobView>('GET', `/jobs/${deploy.id}`)).toMatchObject({ state: 'succeeded' })
    run('partx', '--update', diskB.devicePath)
    expect(read(diskB, 'etc/finished')).toBe('done\n')
  })

  it('takes up its own job at its step after it was killed in the middle, and no log line is lost', async () => {
    await using site = await Site.open()
    using disk = new PartitionedDisk(96)
    const endless = 'echo $$ > "$once"; echo first; exec sleep 600'
    site.drop('finish.sh', `#!/bin/sh\nonce="$PLATEN_TARGET/../once"\n[ -e "$once" ] || { ${endless}; }\necho second\n`)
    await using first = site.boot(1, disk)
    await first.says('(discovered)')
    // The folder is looked at in its own time.
    while ((await site.ask<{ revision: string }[]>('GET', '/profiles')).length === 0)
      await new Promise((resolve) => setImmediate(resolve))
    const build = await site.post({ kind: 'build', profile: 'tiny' })
    await site.ask('POST', '/nodes/node-1/approve')
    await first.says('first')
    await first.kill()
    // On a machine the restart ends it.
    process.kill(Number(readFileSync(join(disk.directory, 'once'), 'utf8')), 'SIGKILL')

    await using second = site.boot(1, disk)
    await second.says('MACHINE RESTARTS')
    expect(second.lines.find((line) => line.startsWith('job '))).toMatch(/attempt 1, from step 3$/)
    expect(await site.ask<JobView>('GET', `/jobs/${build.id}`)).toMatchObject({ state: 'succeeded', attempt: 1 })
    const log = await site.ask<string>('GET', `/jobs/${build.id}/log.txt`)
    expect(log.match(/step 1 of 4: format/g)).toHaveLength(1)
    expect(log.match(/step 3 of 4: activate/g)).toHaveLength(2)
    expect(log).toContain('second')
  })

  it('ends the script at once when the job is cancelled, and waits for the next job', async () => {
    await using site = await Site.open()
    using disk = new PartitionedDisk(96)
    site.drop('finish.sh', '#!/bin/sh\necho waiting for ever\nsleep 600\n')
    await using agent = site.boot(1, disk)
    await agent.says('(discovered)')
    const build = await site.post({ kind: 'build', profile: 'tiny' })
    await site.ask('POST', '/nodes/node-1/approve')
    await agent.says('waiting for ever')
    await site.ask('POST', `/jobs/${build.id}/cancel`)
    await agent.says('dropped')
    expect(readFileSync('/proc/self/mounts', 'utf8')).not.toContain(disk.directory)
    expect(await site.ask<JobView>('GET', `/jobs/${build.id}`)).toMatchObject({ state: 'cancelled' })
  })

  it('restarts in the middle for a step, and collects what a later step left when that fails', async () => {
    await using site = await Site.open()
    using disk = new PartitionedDisk(96)
    const failing = '  - activate: { actions: [{ script: finish.sh }] }'
    const steps = `steps:\n  - setup: { actions: [{ extract: root.tar.gz }] }\n  - reboot: { into: boot-os }\n${failing}\n`
    site.drop(
      'profile.yaml',
      `${site.profile.slice(0, site.profile.indexOf('setup:'))}${steps}onFailure: { actions: [{ script: collect.sh }] }\ncapture: { image: tiny }\n`,
    )
    site.drop('finish.sh', '#!/bin/sh\necho half >"$PLATEN_TARGET/trace"\nexit 7\n')
    site.drop(
      'collect.sh',
      '#!/bin/sh\ncp "$PLATEN_TARGET/trace" "$PLATEN_OUTPUT/"\necho "$PLATEN_FAILURE_CODE" >"$PLATEN_OUTPUT/why"\n',
    )
    await using first = site.boot(1, disk)
    await first.says('(discovered)')
    const build = await site.post({ kind: 'build', profile: 'tiny' })
    await site.ask('POST', '/nodes/node-1/approve')
    await first.says('MACHINE RESTARTS')
    expect(await site.ask<JobView>('GET', `/jobs/${build.id}`)).toMatchObject({ state: 'running', stepIndex: 2 })

    await using second = site.boot(1, disk)
    await second.says('this machine stays here for the next attempt')
    expect(second.lines.find((line) => line.startsWith('job '))).toMatch(/attempt 1, from step 4$/)
    expect(await site.text(`/jobs/${build.id}/log.txt`)).toContain('[1] step 4 of 5: on-failure')
    const job = await site.ask<JobView>('GET', `/jobs/${build.id}`)
    expect(job).toMatchObject({ state: 'failed', stepIndex: 3, failure: { code: 'AGENT_SCRIPT_FAILED' } })
    expect(job.results.map(({ kind }) => kind)).toEqual(['format', 'setup', 'reboot'])
    expect(await site.text(`/jobs/${build.id}/files/trace`)).toBe('half\n')
    expect(await site.text(`/jobs/${build.id}/files/why`)).toBe('AGENT_SCRIPT_FAILED\n')
  })
})
