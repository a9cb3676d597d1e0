// Our runs beside the peer's, as the imaging benches print them. Pure.
import { median, round } from './options.ts'

/** The agent has to run on a machine of 1 GB; its memory is told in MiB. */
const MEMORY_LIMIT_MIB = 400e6 / 1024 ** 2

interface OurRun {
  readonly seconds: number
  readonly cpuSeconds: number
  readonly maxMemoryMiB: number
  readonly transfer: { readonly bytesRead?: number | undefined }
}

interface PeerRun {
  readonly seconds: number
  readonly cpuSeconds: number
}

/** Medians of both; a ratio above 1 means that ours was faster, or took less. */
export function compareSpeed(ours: readonly OurRun[], peers: readonly PeerRun[], speedTarget: number) {
  const [ourSeconds, peerSeconds] = [median(ours.map((run) => run.seconds)), median(peers.map((run) => run.seconds))]
  return {
    ourSeconds: round(ourSeconds),
    peerSeconds: round(peerSeconds),
    speedRatio: round(peerSeconds / ourSeconds),
    speedTarget,
    readMBPerSecond: round((ours[0]?.transfer.bytesRead ?? 0) / 1e6 / ourSeconds, 0),
    agentCpuSeconds: round(median(ours.map((run) => run.cpuSeconds))),
    peerCpuSeconds: round(median(peers.map((run) => run.cpuSeconds))),
    ...memoryOf(ours),
  }
}

/** The limit over the most that any run took, threads and all. */
export function memoryOf(ours: readonly { readonly maxMemoryMiB: number }[]) {
  const agentMemoryMiB = Math.max(...ours.map((run) => run.maxMemoryMiB))
  return { agentMemoryMiB, memoryRatio: round(MEMORY_LIMIT_MIB / agentMemoryMiB), memoryTarget: 1 }
}
