// Our runs beside the peer's, as the imaging benches print them. Pure.
import { median, round } from './options.ts'

interface OurRun {
  readonly seconds: number
  readonly maxMemoryMiB: number
  readonly transfer: { readonly bytesRead?: number | undefined }
}

/** Medians of both; speedRatio above 1 means that ours was faster. */
export function compareSpeed(ours: readonly OurRun[], peers: readonly { readonly seconds: number }[], speedTarget: number) {
  const [ourSeconds, peerSeconds] = [median(ours.map((run) => run.seconds)), median(peers.map((run) => run.seconds))]
  return {
    ourSeconds: round(ourSeconds),
    peerSeconds: round(peerSeconds),
    speedRatio: round(peerSeconds / ourSeconds),
    speedTarget,
    readMBPerSecond: round((ours[0]?.transfer.bytesRead ?? 0) / 1e6 / ourSeconds, 0),
    agentMemoryMiB: Math.max(...ours.map((run) => run.maxMemoryMiB)),
  }
}
