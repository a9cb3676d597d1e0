// platen bundle show: asks no appliance.
import { sizeWords, thingsIn } from '../bundle-words.ts'
import { defineCommand, JSON_OPTION } from '../command.ts'
import { tellFileFailures } from '../file-failure.ts'
import { formatBytes } from '../format.ts'

export const bundleShow = defineCommand({
  name: 'bundle show',
  summary:
    'What is in a bundle, when it was made, and whose key signed it. Its signature is checked against the key that it brings itself.',
  words: ['<file>'],
  options: {
    check: { type: 'boolean', description: 'Read all of it and check every digest, not the index alone.' },
    ...JSON_OPTION,
  },
  examples: ['platen bundle show site.bundle --check'],

  async run({ values, words }, { out }) {
    const { checkBundleFile, readBundleIndex } = await import('../../winpe-agent/index.ts')
    const file = words[0]!
    const content = await tellFileFailures(() =>
      values.check
        ? checkBundleFile(file, (bytes) => out.progress({ percent: undefined, text: `checking, ${formatBytes(bytes)}` }))
        : readBundleIndex(file),
    )
    out.endProgress()
    const { index, keyId, publicKey, sizeBytes } = content
    const { createdAt, createdBy, entries } = index
    if (values.json) {
      const named = entries.map(({ kind, name, leftOut }) => ({ kind, name, ...(leftOut === undefined ? {} : { leftOut }) }))
      return out.print(JSON.stringify({ createdAt, createdBy, keyId, publicKey, sizeBytes, entries: named }, undefined, 2))
    }
    const checked = values.check ? `all of it is right${sizeWords(sizeBytes)}` : 'only its index was read'
    out.print(`made ${createdAt} by Platen ${createdBy}, signed by ${keyId}; ${checked}`)
    out.print(`key: ${publicKey}`)
    out.print(thingsIn(entries))
  },
})
