// Keeps all cores busy with a computation whose result is known. Starts threads.
import { once } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import type { ProcessorMeasures } from '../../contract/hardware.ts'

/** Of one round, on any machine that computes right: SHA-256 over and over, and a chaotic map in double precision (IEEE 754). */
export const ROUND_RESULT = '6bf573b5dcb7d884 0.503937087357995'

interface CoreReport {
  readonly rounds: number
  readonly wrongRounds: number
}

/** What a thread does. Its text is started by itself: nothing from outside of it is seen in there. */
function coreMain(result: string): void {
  const { parentPort } = process.getBuiltinModule('node:worker_threads')
  const { createHash } = process.getBuiltinModule('node:crypto')
  const round = (): string => {
    let bytes = Buffer.alloc(4096, 0x5a)
    for (let turn = 0; turn < 200; turn++)
      bytes = Buffer.concat([createHash('sha256').update(bytes).digest(), bytes]).subarray(0, 4096)
    let x = 0.1234567
    for (let turn = 0; turn < 200_000; turn++) x = 3.99 * x * (1 - x)
    return `${createHash('sha256').update(bytes).digest('hex').slice(0, 16)} ${x}`
  }
  let isOver = false
  parentPort?.on('message', () => {
    isOver = true
  })
  const work = (): void => {
    if (isOver) {
      parentPort?.close()
      return
    }
    const isRight = round() === result
    parentPort?.postMessage({ rounds: 1, wrongRounds: isRight ? 0 : 1 })
    setImmediate(work)
  }
  parentPort?.postMessage({ rounds: 0, wrongRounds: 0 })
  setImmediate(work)
}

export interface ProcessorTest {
  readonly cores: number
  readonly seconds: number
  readonly signal: AbortSignal
  tell(percent: number): void
  /** What a round has to give; a test asks for something else. */
  readonly result?: string
}

const TELL_MS = 500

export async function testProcessor({
  cores,
  seconds,
  signal,
  tell,
  result = ROUND_RESULT,
}: ProcessorTest): Promise<ProcessorMeasures> {
  const halves: [number, number] = [0, 0]
  let half: 0 | 1 = 0
  let wrongRounds = 0
  const failures: Error[] = []
  const workers = Array.from({ length: cores }, () => {
    const worker = new Worker(`(${coreMain})(${JSON.stringify(result)})`, { eval: true })
    worker.on('message', (report: CoreReport) => {
      halves[half] += report.rounds
      wrongRounds += report.wrongRounds
    })
    worker.on('error', (error) => failures.push(error instanceof Error ? error : new Error(String(error))))
    return worker
  })
  try {
    // Its first word: that it is there. Before, no time runs.
    await Promise.all(workers.map((worker) => once(worker, 'message', { signal })))
    const startMs = performance.now()
    for (let elapsed = 0; elapsed < 1; elapsed = (performance.now() - startMs) / (seconds * 1000)) {
      half = elapsed < 0.5 ? 0 : 1
      tell(100 * elapsed)
      await pause(Math.min(TELL_MS, seconds * 250), undefined, { signal })
      if (failures[0] !== undefined) throw failures[0]
    }
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()))
  }
  const [first, second] = halves
  const kept = first === 0 ? {} : { keptSpeedPercent: Math.round((1000 * second) / first) / 10 }
  return { item: 'processor', cores, rounds: first + second, wrongRounds, ...kept }
}
