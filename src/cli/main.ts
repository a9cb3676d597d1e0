// platen: the beginning of every command. A shell asks for completions at each key: that loads next to nothing, all else the whole program.
const argv = process.argv.slice(2)
const [command, line, ...more] = argv

if (command === 'complete' && line !== undefined && more.length === 0 && !line.startsWith('--')) {
  const { completeLine } = await import('./complete-line.ts')
  const words = await completeLine(line)
  if (words.length > 0) process.stdout.write(`${words.join('\n')}\n`)
  // A question to the appliance that came too late must not keep the shell waiting.
  process.exit()
} else {
  const { runProgram } = await import('./program.ts')
  await runProgram(argv)
}
