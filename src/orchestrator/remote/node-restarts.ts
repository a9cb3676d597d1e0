// Restarts a node that runs its own system, so that it comes over the network and takes its job: through its platen-node where that listens,
// else over SSH. Knows host keys by the first contact.
import { AppError } from '../../contract/errors.ts'
import type { NodeRestart, NodeRestartAnswer, SshSettings } from '../../contract/operator-api.ts'
import type { Log } from '../../store/index.ts'
import type { NodeClasses } from '../node/classes.ts'
import type { Nodes } from '../node/nodes.ts'
import type { NodeRecord } from '../node/record.ts'
import type { RunningNodes } from '../running/running-nodes.ts'
import { runOverSsh, type SshEnd, type SshTarget } from './ssh-command.ts'

interface NodeRestartsDeps {
  readonly nodes: Nodes
  readonly classes: NodeClasses
  readonly runningNodes: Pick<RunningNodes, 'isListening' | 'restart'>
  readonly privateKey: string
  /** Of the appliance; those of a node's class go over them. */
  readonly settings: SshSettings
  readonly log: Log
  readonly run?: (target: SshTarget, command: string) => Promise<SshEnd>
}

/** A node that listens asks within this time. */
const TAKEN_WITHIN_MS = 20_000

const DEFAULTS = { user: 'root', port: 22, restartCommand: 'systemctl reboot || reboot' } as const

export class NodeRestarts {
  readonly #deps: NodeRestartsDeps

  constructor(deps: NodeRestartsDeps) {
    this.#deps = deps
  }

  /** Where its agent spoke from: its own system has that address too, as a rule. */
  async heardFrom(nodeId: string, address: string): Promise<void> {
    const node = this.#deps.nodes.get(nodeId)
    if (node === undefined || node.address === address) return
    await this.#deps.nodes.change({ ...node, address })
  }

  async restart(idOrName: string, asked: NodeRestart): Promise<NodeRestartAnswer> {
    const { nodes, runningNodes, log, privateKey, run = runOverSsh } = this.#deps
    const node = nodes.find(idOrName)
    // Whoever listens has spoken after its agent did.
    if (isForAnyWay(asked) && runningNodes.isListening(node.id)) {
      const isTold = await runningNodes.restart(node.id, 'asked for by a person', TAKEN_WITHIN_MS)
      if (isTold) {
        log.info({ node: node.name }, 'node restarted through its platen-node')
        return { node: node.name, via: 'platen-node' }
      }
    }
    if (nodes.view(node).presence === 'boot-os') {
      const hint = 'Its agent takes a job by itself; to take it from its job, say `platen node reclaim`.'
      throw new AppError('NODE_IN_BOOT_OS', `${node.name} is in the boot OS, not in a system of its own`, hint)
    }
    const { user, port, restartCommand, address } = { ...DEFAULTS, ...this.#settingsOf(node), ...asked }
    const host = address ?? node.address
    if (host === undefined) {
      const hint = `Say it: platen node restart ${node.name} --address ADDRESS`
      throw new AppError('NODE_ADDRESS_UNKNOWN', `nobody knows the address of ${node.name}`, hint)
    }
    const knownHostKey = asked.acceptNewKey === true ? undefined : node.sshHostKey
    const end = await run({ host, port, user, privateKey, knownHostKey }, restartCommand)
    const hostKey = hostKeyOf(end, node, `${user}@${host}`)
    await nodes.change({ ...(nodes.get(node.id) ?? node), sshHostKey: hostKey, address: host })
    log.info({ node: node.name, host, hostKey }, 'node restarted over SSH')
    return { node: node.name, via: 'ssh', address: host, hostKey, isFirstContact: knownHostKey === undefined }
  }

  /** Of the appliance, then of each class that it is in. */
  #settingsOf(node: NodeRecord): SshSettings {
    const { classes, settings } = this.#deps
    return Object.assign(
      {},
      settings,
      ...classes.list().flatMap(({ name, ssh }) => (ssh && classes.isMember(name, node) ? [ssh] : [])),
    )
  }
}

/** Whoever says how to log in means SSH. */
const isForAnyWay = (asked: NodeRestart): boolean => Object.values(asked).every((each) => each === undefined)

function hostKeyOf(end: SshEnd, { name, sshHostKey }: NodeRecord, where: string): string {
  switch (end.kind) {
    case 'unreachable':
      throw new AppError(
        'NODE_SSH_UNREACHABLE',
        `${name} does not answer SSH as ${where}: ${end.reason}`,
        `Is it on, and is that its address? Another one: platen node restart ${name} --address ADDRESS`,
      )
    case 'refused':
      throw new AppError(
        'NODE_SSH_REFUSED',
        `${name} did not let ${where} in: ${end.reason}`,
        'Its system has to know the key of this appliance: `platen ssh-key show` prints it, {{applianceSshKey}} puts it into an image.',
      )
    case 'host-key-changed':
      throw new AppError(
        'NODE_SSH_HOST_KEY_CHANGED',
        `${name} shows the host key ${end.hostKey} and had ${sshHostKey}`,
        `When its system was installed anew by somebody else: platen node restart ${name} --accept-new-key. Else somebody answers in its place.`,
      )
    case 'ran':
      // Cut off by the restart, or ended in good order just before it.
      if (end.exitCode === undefined || end.exitCode === 0) return end.hostKey
      throw new AppError(
        'NODE_RESTART_FAILED',
        `the restart command ended with ${end.exitCode} on ${name}: ${end.lastLines}`,
        'Set another restartCommand for its class or in the configuration of the appliance.',
      )
  }
}
