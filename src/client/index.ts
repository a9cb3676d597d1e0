// The door of the room: a client of the operator API with the types of its description. Runs in browsers and in Node.
export { type ApiClient, createApiClient, type Problem, ProblemError, type Schema, unwrap } from './api-client.ts'
export { type EventWatch, type WatchOptions, type WatchState, watchEvents } from './events.ts'
