// The part of the operator API about people, where a test has none: test/cli/people-commands.test.ts asks a real appliance.
import type { PeopleApi } from '../../src/cli/people-client.ts'

const nobody = async (): Promise<never> => {
  throw new Error('there are no people in this test')
}

export class NoPeopleApi implements PeopleApi {
  readonly whoAmI = nobody
  readonly login = nobody
  readonly logout = nobody
  readonly users = nobody
  readonly beginSecondFactor = nobody
  readonly confirmSecondFactor = nobody
  readonly removeSecondFactor = nobody
  readonly addUser = nobody
  readonly addFirstAdmin = nobody
  readonly changeUser = nobody
  readonly removeUser = nobody
  readonly tokens = nobody
  readonly addToken = nobody
  readonly removeToken = nobody
  readonly auditEntries = nobody
  readonly verifyAudit = nobody
}
