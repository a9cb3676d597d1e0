// platen ssh-key show
import { API_OPTIONS, apiOf, defineCommand } from '../command.ts'

export const sshKeyShow = defineCommand({
  name: 'ssh-key show',
  summary: 'Print the public key by which the appliance logs into nodes: a line for authorized_keys.',
  words: [],
  options: API_OPTIONS,

  async run(input, context) {
    const key = await apiOf(input, context).sshKey()
    context.out.print(input.values.json ? JSON.stringify(key, undefined, 2) : key.publicKey)
  },
})
