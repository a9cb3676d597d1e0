// What fsck.fat complains about that is damage. It ends with the same exit code for things that half of all sticks have. Pure.

const HARMLESS = [
  /^\s*$/,
  /^fsck\.fat \d/,
  /^Leaving filesystem unchanged/,
  /: \d+ files, \d+\/\d+ clusters/,
  // A copy of the first sector that differs in a label or a flag.
  /^There are differences between boot sector and its backup/,
  /^This is mostly harmless/,
  /^\s*\d+:[0-9a-f]{2}\/[0-9a-f]{2}/i,
  /^\s*(, \.\.\.|Not automatically fixing this)/,
  // A count that is only there to save time.
  /^Free cluster summary (wrong|uninitialized)/,
  /^\s*Auto-(correcting|setting)/,
]

/** fsck.fat(8), output of -n. */
export function fatProblems(lines: readonly string[]): string[] {
  return lines.filter((line) => !HARMLESS.some((harmless) => harmless.test(line)))
}
