// Which machines are approved without a person: by the beginning of a MAC address, by serial, or because a list expects them. Pure.
import type { Inventory } from '../../contract/inventory.ts'
import type { ApprovalRule, ExpectedMachine } from '../../contract/operator-api.ts'

interface Newcomer {
  readonly inventory: Inventory
  /** What it booted from: the only address of it that is more than its own word. */
  readonly bootMac: string
}

export interface Approval {
  readonly rule: ApprovalRule
  /** undefined: the name that it has. */
  readonly name: string | undefined
  readonly tags: readonly string[]
  readonly location: string | undefined
  /** What it says of itself that the rule goes by; empty: by the address alone. Another machine that says the same makes it doubtful. */
  readonly claims: readonly string[]
}

/** The first rule that fits and is not used up. used: how many each has approved. isFree: whether nobody has this name. */
export function findApproval(
  newcomer: Newcomer,
  rules: Iterable<ApprovalRule & { readonly used: number }>,
  isFree: (name: string) => boolean,
): Approval | undefined {
  for (const rule of rules) {
    if (rule.limit !== undefined && rule.used >= rule.limit) continue
    const expected = rule.expected?.find((machine) => isExpected(machine, newcomer))
    if (expected === undefined && !(hasPrefix(rule, newcomer) || hasSerial(rule, newcomer))) continue
    const byPrefix = expected === undefined && hasPrefix(rule, newcomer)
    const wanted = expected?.name ?? nameFrom(rule.namePattern, isFree)
    return {
      rule,
      name: wanted !== undefined && isFree(wanted) ? wanted : undefined,
      tags: [...(rule.tags ?? []), ...(expected?.tags ?? [])],
      location: expected?.location ?? rule.location,
      claims: byPrefix ? [] : expected === undefined ? serialsOf(newcomer.inventory) : claimsOf(expected),
    }
  }
  return undefined
}

/** rack1-{n} gives rack1-1, rack1-2 …; {nn} and {nnn} fill up with zeros. The lowest number that is free. */
export function nameFrom(pattern: string | undefined, isFree: (name: string) => boolean): string | undefined {
  if (pattern === undefined) return undefined
  if (!/\{n+\}/.test(pattern)) return pattern
  for (let number = 1; number < 100_000; number++) {
    const name = pattern.replace(/\{(n+)\}/, (_all, digits: string) => String(number).padStart(digits.length, '0'))
    if (isFree(name)) return name
  }
  return undefined
}

/** The texts by which rules know a machine, as others may say them too. */
export function saidBy({ smbios }: Inventory): readonly string[] {
  const uuid = smbios.systemUuid?.toLowerCase()
  return [...serialsOf({ smbios }), ...(uuid === undefined ? [] : [uuid])]
}

function serialsOf({ smbios }: Pick<Inventory, 'smbios'>): readonly string[] {
  return [smbios.systemSerial, smbios.boardSerial].filter((serial) => serial !== undefined)
}

function claimsOf({ serial, systemUuid }: ExpectedMachine): readonly string[] {
  return [serial, systemUuid?.toLowerCase()].filter((claim) => claim !== undefined)
}

function hasPrefix({ macPrefixes = [] }: ApprovalRule, newcomer: Newcomer): boolean {
  // What it booted from, not any card: a USB adapter with the right maker does not make a stranger one of ours.
  return macPrefixes.some((prefix) => newcomer.bootMac.startsWith(prefix.toLowerCase()))
}

function hasSerial({ serials = [] }: ApprovalRule, { inventory: { smbios } }: Newcomer): boolean {
  return [smbios.systemSerial, smbios.boardSerial].some((serial) => serial !== undefined && serials.includes(serial))
}

/** All that the list says of the machine must be true of it. */
function isExpected({ serial, mac, systemUuid }: ExpectedMachine, newcomer: Newcomer): boolean {
  const { smbios } = newcomer.inventory
  if (serial === undefined && mac === undefined && systemUuid === undefined) return false
  if (serial !== undefined && serial !== smbios.systemSerial && serial !== smbios.boardSerial) return false
  // Not any card that it lists: it may list what it likes.
  if (mac !== undefined && newcomer.bootMac !== mac) return false
  return systemUuid === undefined || systemUuid.toLowerCase() === smbios.systemUuid?.toLowerCase()
}
