// 7-Zip compiled to WebAssembly, as far as it is used here: what its package and Emscripten's file system give. Types, and its start.
import sevenZip from '7z-wasm'

interface Stream {
  position: number
  stream_ops: {
    readonly llseek?: (stream: Stream, offset: number, whence: number) => number
    readonly read?: (stream: Stream, buffer: Uint8Array, offset: number, length: number, at: number) => number
    readonly write?: (stream: Stream, buffer: Uint8Array, offset: number, length: number) => number
  }
}

interface FileNode {
  readonly mode: number
  stream_ops: Stream['stream_ops']
  node_ops: { readonly getattr: () => object }
}

interface SevenZip {
  readonly FS: {
    mkdir(path: string): void
    createFile(parent: string, name: string, properties: object, canRead: boolean, canWrite: boolean): FileNode
    getStream(number: number): Stream
  }
  /** Its exit code; its own end may come as an exception with a status. */
  callMain(words: string[]): unknown
}

type Start = (options: { print(line: string): void; printErr(line: string): void }) => Promise<SevenZip>

/** Its package describes itself as another kind of module than it is. */
export const startSevenZip = sevenZip as unknown as Start
