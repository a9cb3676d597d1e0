// platen image nbd
import { wholeNumber } from '../arguments.ts'
import { API_OPTIONS, apiOf, defineCommand } from '../command.ts'
import { findVersion } from '../image-reference.ts'

export const imageNbd = defineCommand({
  name: 'image nbd',
  summary: 'Make a name by which one machine may read a disk of a version by NBD, read-only and for a short time.',
  words: ['<image>'],
  options: {
    disk: { type: 'string', value: 'NUMBER', description: 'Which disk of an image of several. Default: 1.' },
    for: {
      type: 'string',
      value: 'ADDRESS',
      description: 'IPv4 address that may use it. Default: the one that this command comes from.',
    },
    minutes: { type: 'string', value: 'NUMBER', description: 'How long new connections may use it. Default: 10.' },
    ...API_OPTIONS,
  },
  examples: ['platen image nbd debian-13@4', 'nbdinfo "$(platen image nbd debian-13:stable)"'],

  async run(input, context) {
    const { disk, for: address, minutes, json } = input.values
    const api = apiOf(input, context)
    const { imageName, version } = findVersion(input.words[0]!, await api.images())
    const request = { disk: wholeNumber('disk', disk), address, minutes: wholeNumber('minutes', minutes) }
    const offer = await api.offerDisk(imageName, version, request)
    context.out.print(json ? JSON.stringify(offer, undefined, 2) : offer.uri)
  },
})
