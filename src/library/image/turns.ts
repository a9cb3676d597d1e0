// One piece of work after the other, in the order asked. Pure but for its own queue.
export class Turns {
  #last: Promise<unknown> = Promise.resolve()

  run<T>(work: () => Promise<T>): Promise<T> {
    const own = this.#last.then(work)
    this.#last = own.catch(() => undefined)
    return own
  }
}
