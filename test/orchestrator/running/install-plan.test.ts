// What a running system is told to do: the order of the acts, and what is never said.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseInstallEnd } from '../../../src/contract/node-words.ts'
import type { PackageContent } from '../../../src/contract/package.ts'
import { formatInstallPlan } from '../../../src/orchestrator/running/install-plan.ts'

const digest = 'a'.repeat(64)
const script = (path: string) => ({ path, digest, sizeBytes: 1 })
const folder = (name: string, version: string, more: Partial<PackageContent> = {}): PackageContent => ({
  name,
  version,
  digest,
  kind: 'folder',
  files: [{ path: 'a b', digest, sizeBytes: 1, to: '/opt/a b', mode: '0755' }],
  install: script('install.sh'),
  remove: script('remove.sh'),
  verify: script('verify.sh'),
  ...more,
})
const deb = (name: string, version: string): PackageContent => ({
  name,
  version,
  digest,
  kind: 'deb',
  files: [script(`${name}.deb`)],
})

/** By part: the acts, without digests. */
function actsOf(plan: string): Readonly<Record<string, readonly string[]>> {
  const parts: Record<string, string[]> = {}
  let part = ''
  for (const line of plan.trimEnd().split('\n')) {
    if (line.startsWith('part\t')) {
      part = line.slice(5)
      parts[part] = []
    } else parts[part]!.push(line.replaceAll(digest, '#').replaceAll('\t', ' '))
  }
  return parts
}

describe('a plan', () => {
  it('fetches all before it changes anything, and can go back', () => {
    const plan = formatInstallPlan({
      removes: [folder('agent', '1')],
      installs: [folder('agent', '2'), deb('lib', '2'), deb('tool', '1')],
      checks: [],
      restores: [folder('agent', '1'), deb('lib', '1')],
    })
    expect(actsOf(plan)).toEqual({
      fetch: [
        'fetch agent 2 # a b',
        'script agent 2 # install',
        'script agent 2 # verify',
        'fetch lib 2 # lib.deb',
        'fetch tool 1 # tool.deb',
        'fetch agent 1 # a b',
        'script agent 1 # remove',
      ],
      change: [
        'run agent 1 remove',
        'drop /opt/a b',
        'place agent 2 a b 0755 /opt/a b',
        'run agent 2 install',
        'deb lib 2 lib.deb',
        'deb tool 1 tool.deb',
        'dpkg',
        'same agent 2 # /opt/a b',
        'run agent 2 verify',
        'dpkg-check lib 2',
        'dpkg-check tool 1',
      ],
      back: [
        'purge tool',
        'script agent 2 # remove',
        'run agent 2 remove',
        'drop /opt/a b',
        'fetch agent 1 # a b',
        'script agent 1 # install',
        'fetch lib 1 # lib.deb',
        'place agent 1 a b 0755 /opt/a b',
        'run agent 1 install',
        'deb lib 1 lib.deb',
        'dpkg',
      ],
    })
  })

  it('writes configuration before and after what is installed, and holds it against its digest', () => {
    const plan = formatInstallPlan({
      removes: [],
      installs: [deb('lib', '2')],
      checks: [],
      configuration: [{ to: '/etc/x', text: '' }],
    })
    expect(actsOf(plan).change).toEqual([
      'text 0644 0:0 /etc/x =',
      'deb lib 2 lib.deb',
      'dpkg',
      'text 0644 0:0 /etc/x =',
      'same configuration - e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855 /etc/x',
      'dpkg-check lib 2',
    ])
  })

  it('never has a line more, a field more, or a way out of its folder, whatever a path says', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (path) => {
        const files = [{ path, digest, sizeBytes: 1, to: `/${path}` }]
        const one = { removes: [], installs: [folder('agent', '1', { files })], checks: [] }
        let plan: string
        try {
          plan = formatInstallPlan(one)
        } catch (error) {
          expect(error).toMatchObject({ code: 'PACKAGE_INVALID' })
          return
        }
        const lines = plan.trimEnd().split('\n')
        expect(lines.filter((line) => line.startsWith('fetch\t')).map((line) => line.split('\t')[4])).toEqual([path])
        expect(path.split('/')).not.toContain('..')
      }),
    )
  })
})

describe('the end that a system tells', () => {
  it.each([
    { text: 'done 12\nline 1\nline 2\n', want: { seconds: 12, lines: ['line 1', 'line 2'] } },
    {
      text: 'failed 3 check /opt/x is not right\n',
      want: { seconds: 3, lines: [], failure: { code: 'PACKAGE_VERIFY_FAILED', message: '/opt/x is not right' } },
    },
    { text: 'failed 3 fetch no\n', want: { failure: { code: 'AGENT_FILE_CORRUPT' } } },
    { text: 'failed 3 constructor x', want: { failure: { code: 'AGENT_SCRIPT_FAILED' } } },
    { text: 'failed 3', want: { failure: { code: 'AGENT_SCRIPT_FAILED', message: 'no reason was given' } } },
  ])('$text', ({ text, want }) => {
    expect(parseInstallEnd(text)).toMatchObject(want)
  })

  it.each(['', 'done', 'done x', 'Done 1', 'done 12345678'])('"%s" is none', (text) => {
    expect(parseInstallEnd(text)).toBeUndefined()
  })
})
