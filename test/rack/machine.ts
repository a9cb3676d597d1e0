// One virtual machine: power, reset, serial console, disk files. Touches QEMU processes inside the rack's namespace.
import { closeSync, copyFileSync, existsSync, ftruncateSync, openSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { type Ending, OwnedProcess } from './owned-process.ts'
import { type Accelerator, EMULATOR, type MachinePlaces, type MachineSpec, qemuArguments, uefiFiles } from './qemu-arguments.ts'
import { Qmp } from './qmp.ts'
import { SerialConsole } from './serial-console.ts'

export interface MachineHome {
  readonly namespace: string
  readonly directory: string
  readonly tap: string
  readonly accelerator: Accelerator
}

export class Machine {
  readonly spec: MachineSpec
  readonly console: SerialConsole
  readonly #home: MachineHome
  readonly #places: MachinePlaces
  #qemu: OwnedProcess | undefined
  #qmp: Qmp | undefined

  /** Makes empty disks; nothing runs until powerOn. */
  constructor(spec: MachineSpec, home: MachineHome) {
    this.spec = spec
    this.console = new SerialConsole(spec.name)
    this.#home = home
    const file = (name: string) => join(home.directory, `${spec.name}.${name}`)
    this.#places = {
      tap: home.tap,
      controlSocket: file('qmp'),
      variablesFile: file('vars.fd'),
      diskFiles: spec.disks.map((_, index) => file(`disk${index}.raw`)),
    }
    spec.disks.forEach(({ sizeBytes }, index) => {
      makeSparse(this.#places.diskFiles[index]!, sizeBytes)
    })
    const uefi = uefiFiles(spec)
    if (uefi !== undefined) copyFileSync(uefi.variables, this.#places.variablesFile)
  }

  /** Raw image of a disk; read or change it only while the power is off. */
  diskFile(index = 0): string {
    if (this.isOn) throw new Error(`${this.spec.name} is on: its disk is not to be touched from outside`)
    return this.#places.diskFiles[index]!
  }

  get isOn(): boolean {
    return this.#qemu !== undefined && this.#qemu.ending === undefined
  }

  async powerOn(): Promise<void> {
    if (this.isOn) throw new Error(`${this.spec.name} is on already`)
    rmSync(this.#places.controlSocket, { force: true })
    this.console.reopen()
    const emulator = EMULATOR[this.spec.architecture ?? 'x64']
    const qemu = new OwnedProcess(emulator, qemuArguments(this.spec, this.#places, this.#home.accelerator), {
      namespace: this.#home.namespace,
      logFile: this.serialLog,
    })
    this.#qemu = qemu
    qemu.onOutput((bytes) => this.console.push(bytes))
    void qemu.ended.then((ending) => this.console.close(`its power went off (${ending})`))
    try {
      this.#qmp = await Qmp.connect(this.#places.controlSocket)
    } catch (error) {
      await this.powerOff()
      throw new Error(`${this.spec.name} did not start: ${qemu.tail(5)}`, { cause: error })
    }
  }

  /** Everything that the machine ever said, as it came. */
  get serialLog(): string {
    return join(this.#home.directory, `${this.spec.name}.serial.log`)
  }

  /** Like pulling the plug. */
  async powerOff(): Promise<void> {
    this.#qmp?.close()
    await this.#qemu?.kill()
  }

  async reset(): Promise<void> {
    if (this.#qmp === undefined || !this.isOn) throw new Error(`${this.spec.name} is off: nothing to reset`)
    await this.#qmp.execute('system_reset')
  }

  /** From now on a reboot of the running system ends with the power off, so that its disk can be looked at before the next boot. */
  async holdAtReboot(): Promise<void> {
    await this.#qmp?.execute('set-action', { reboot: 'shutdown' })
  }

  /** How much of a disk was ever written: nothing else allocates blocks of its sparse file. Also while the power is on. */
  writtenBytes(index = 0): number {
    return statSync(this.#places.diskFiles[index]!).blocks * 512
  }

  /** Waits until the machine switched itself off. */
  async waitForPowerOff(timeoutMs: number): Promise<void> {
    if (!this.isOn) return
    const ending = await Promise.race([this.#qemu!.ended, timeout(timeoutMs)])
    if (ending === 'late')
      throw new Error(`${this.spec.name} is still on after ${timeoutMs / 1000} s. It says:\n${this.console.tail()}`)
  }
}

function makeSparse(file: string, sizeBytes: number): void {
  if (existsSync(file)) throw new Error(`${file} is there already`)
  const handle = openSync(file, 'w')
  ftruncateSync(handle, sizeBytes)
  closeSync(handle)
}

function timeout(timeoutMs: number): Promise<Ending> {
  return new Promise((resolve) => setTimeout(resolve, timeoutMs, 'late').unref())
}
