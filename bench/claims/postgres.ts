// A PostgreSQL of its own for one bench: a fresh cluster on a socket, the queue as a table, claims with FOR UPDATE SKIP LOCKED.
import { execFile, spawn } from 'node:child_process'
import { chown, mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import pg from 'pg'

const run = promisify(execFile)
const CONNECTIONS = 32

const CLAIM = `
  UPDATE jobs SET state = 'running', node_id = $1, lease_id = gen_random_uuid(), started_at = now()
  WHERE id = (
    SELECT id FROM jobs WHERE state = 'queued' ORDER BY priority DESC, deadline NULLS LAST, id FOR UPDATE SKIP LOCKED LIMIT 1
  )
  RETURNING id, lease_id, request`

export class PostgresQueue implements AsyncDisposable {
  readonly #folder: string
  readonly #server: ReturnType<typeof spawn>
  readonly #pool: pg.Pool

  private constructor(folder: string, server: ReturnType<typeof spawn>, pool: pg.Pool) {
    this.#folder = folder
    this.#server = server
    this.#pool = pool
  }

  /** fsync and synchronous_commit stay on: every claim is on disk before it is answered, as with ours. */
  static async start(): Promise<PostgresQueue> {
    const { stdout } = await run('pg_config', ['--bindir'])
    const folder = await mkdtemp('/var/tmp/platen-bench-pg-')
    const { uid, gid } = await postgresUser()
    await chown(folder, uid, gid)
    const bin = stdout.trim()
    await run(join(bin, 'initdb'), ['-D', join(folder, 'data'), '-U', 'postgres', '-A', 'trust'], { uid, gid, cwd: folder })
    const options = ['-D', join(folder, 'data'), '-k', folder, '-c', 'listen_addresses=']
    const server = spawn(join(bin, 'postgres'), options, { uid, gid, cwd: folder, stdio: 'ignore' })
    const pool = new pg.Pool({ host: folder, user: 'postgres', database: 'postgres', max: CONNECTIONS })
    // What the server says to idle connections when it goes down.
    pool.on('error', () => undefined)
    const queue = new PostgresQueue(folder, server, pool)
    await queue.#ready()
    await pool.query(`CREATE TABLE jobs (
      id bigserial PRIMARY KEY, state text NOT NULL DEFAULT 'queued', priority int NOT NULL DEFAULT 0, deadline timestamptz,
      node_id text, lease_id uuid, started_at timestamptz, request jsonb NOT NULL)`)
    await pool.query(`CREATE INDEX queued ON jobs (priority DESC, deadline, id) WHERE state = 'queued'`)
    return queue
  }

  async post(count: number): Promise<void> {
    await this.#pool.query(`INSERT INTO jobs (request) SELECT '{"kind":"build","profile":"tiny"}' FROM generate_series(1, $1)`, [
      count,
    ])
    await this.#pool.query('VACUUM ANALYZE jobs')
  }

  async claim(nodeId: string): Promise<string | undefined> {
    const { rows } = await this.#pool.query<{ id: string }>({ name: 'claim', text: CLAIM, values: [nodeId] })
    return rows[0]?.id
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#pool.end()
    const ended = new Promise((resolve) => this.#server.once('exit', resolve))
    this.#server.kill('SIGINT')
    await ended
    await rm(this.#folder, { recursive: true, force: true })
  }

  async #ready(): Promise<void> {
    for (let tries = 0; ; tries++) {
      try {
        await this.#pool.query('SELECT 1')
        return
      } catch (error) {
        if (tries > 100) throw error
        await new Promise((resolve) => setTimeout(resolve, 100))
      }
    }
  }
}

/** PostgreSQL does not run as root. */
async function postgresUser(): Promise<{ uid: number; gid: number }> {
  const [uid, gid] = await Promise.all(['-u', '-g'].map(async (flag) => Number((await run('id', [flag, 'postgres'])).stdout)))
  return { uid: uid!, gid: gid! }
}
