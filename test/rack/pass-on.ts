// Joins two connections: what one says the other hears, and when one ends or fails so does the other.
import type { Socket } from 'node:net'

export function passOn(from: Socket, to: Socket): void {
  from.pipe(to)
  to.pipe(from)
  from.on('error', () => to.destroy())
  to.on('error', () => from.destroy())
  from.on('close', () => to.destroy())
  to.on('close', () => from.destroy())
}
