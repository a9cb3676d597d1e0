// The door's inner side: started inside the rack's namespace with the path of a Unix socket, and where connections go.
import { createConnection, createServer } from 'node:net'
import { passOn } from './pass-on.ts'

const [path, address, port] = process.argv.slice(2)
createServer((socket) => passOn(socket, createConnection(Number(port), address))).listen(path)
