import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { openSecrets } from '../../src/access/secrets.ts'
import { openSigningKey } from '../../src/access/signing-key.ts'
import { openSshKey } from '../../src/access/ssh-key.ts'
import { OrchestratorScene } from '../fakes/orchestrator-scene.ts'
import { StateFolder } from '../fakes/state-folder.ts'

const FILES = ['operator-token', 'boot-token-key', 'ssh-key', 'signing-key']

/** Opens all secrets that lie in the folder. */
async function openAll(dataDir: string) {
  return {
    ...(await openSecrets(dataDir)),
    ssh: await openSshKey(dataDir),
    signing: (await openSigningKey(dataDir)).publicKeys(),
  }
}

describe('secrets of the appliance', () => {
  it('are made once, and are the same at the next start', async () => {
    using folder = new StateFolder()
    const first = await openAll(folder.path)
    expect(first.operatorToken.length).toBeGreaterThanOrEqual(43)
    expect(await openAll(folder.path)).toEqual(first)
  })

  it.each(FILES)('%s that is missing is made anew', async (file) => {
    using folder = new StateFolder()
    await openAll(folder.path)
    rmSync(join(folder.path, 'secrets', file))
    await expect(openAll(folder.path)).resolves.toBeDefined()
  })

  it.each(
    FILES.flatMap((file) =>
      [
        { what: 'empty', content: '' },
        { what: 'only white space', content: ' \n\t\n' },
        { what: 'too short', content: 'swordfish\n' },
        { what: 'no text', content: Buffer.alloc(64) },
        { what: 'nothing that a key is made of', content: '!'.repeat(43) },
      ].map((each) => ({ file, ...each })),
    ).filter(({ file, what }) => file !== 'operator-token' || what !== 'nothing that a key is made of'),
  )('$file that is $what refuses the start and stays as it is', async ({ file, content }) => {
    using folder = new StateFolder()
    await openAll(folder.path)
    const path = join(folder.path, 'secrets', file)
    writeFileSync(path, content)
    await expect(openAll(folder.path)).rejects.toMatchObject({
      code: 'APPLIANCE_SECRET_UNUSABLE',
      message: expect.stringContaining(path),
    })
    expect(readFileSync(path)).toEqual(Buffer.from(content))
  })

  it.each(FILES)('%s that cannot be read refuses the start', async (file) => {
    using folder = new StateFolder()
    await openAll(folder.path)
    const path = join(folder.path, 'secrets', file)
    rmSync(path)
    // A folder in its place: that cannot be read, whoever asks.
    mkdirSync(path)
    await expect(openAll(folder.path)).rejects.toMatchObject({ code: 'APPLIANCE_SECRET_UNUSABLE' })
    chmodSync(path, 0o700)
  })
})

it.each([
  { name: 'no header', headers: {} },
  { name: 'an empty bearer', headers: { authorization: 'Bearer ' } },
  { name: 'an empty Basic password', headers: { authorization: `Basic ${btoa('x:')}` } },
  { name: 'Basic without anything', headers: { authorization: 'Basic ' } },
])('$name opens neither the API nor the addresses of older tools', async ({ headers }) => {
  await using scene = await OrchestratorScene.open()
  for (const url of ['/api/v1/nodes', '/relbuild.xml']) {
    expect((await scene.app.inject({ url, headers })).statusCode).toBe(401)
  }
})
