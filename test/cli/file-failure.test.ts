import { mkdtemp, open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { tellFileFailures } from '../../src/cli/file-failure.ts'
import { AppError } from '../../src/contract/errors.ts'

it('a file that is not there is told in the words of the system', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'platen-file-'))
  await rm(folder, { recursive: true })
  await expect(tellFileFailures(() => open(join(folder, 'x'), 'w'))).rejects.toMatchObject({
    code: 'CLI_FILE_FAILED',
    message: expect.stringContaining('ENOENT'),
  })
})

it.each([
  ['a full disk', Object.assign(new Error('no space left'), { code: 'ENOSPC' }), 'CLI_FILE_FAILED'],
  ['a failure that is told already', new AppError('IMAGE_NOT_FOUND', 'none', 'list'), 'IMAGE_NOT_FOUND'],
  ['a fault of ours', new TypeError('x is undefined'), undefined],
  [
    'a fault of Node with a code of its own',
    Object.assign(new Error('x'), { code: 'ERR_INVALID_ARG_TYPE' }),
    'ERR_INVALID_ARG_TYPE',
  ],
])('%s', async (_name, error, code) => {
  const told = await tellFileFailures(() => Promise.reject(error)).catch((caught: unknown) => caught)
  expect((told as { code?: string }).code).toBe(code)
})
