// The parts of the operator API about people, bundles and sites, where a test has none: test/cli/people-commands.test.ts, bundle-commands.test.ts and
// site-commands.test.ts ask real appliances.
import type { BundleApi } from '../../src/cli/bundle-client.ts'
import type { CentralApi } from '../../src/cli/central/central-api.ts'
import type { PeopleApi } from '../../src/cli/people-client.ts'
import type { SiteApi } from '../../src/cli/sites/site-api.ts'
import type { WireApi } from '../../src/cli/wire-client.ts'

const nobody = async (): Promise<never> => {
  throw new Error('there are no people, no bundles and no sites in this test')
}

export class NoPeopleApi implements PeopleApi, BundleApi, CentralApi, SiteApi, WireApi {
  readonly objects = nobody
  readonly object = nobody
  readonly setObject = nobody
  readonly removeObject = nobody
  readonly checkCentralFolder = nobody
  readonly sitePlan = nobody
  readonly explainFunction = nobody
  readonly renderTemplate = nobody
  readonly beginBackupCut = nobody
  readonly endBackupCut = nobody
  readonly supportBundle = nobody
  readonly bundleKey = nobody
  readonly makeBundle = nobody
  readonly bringBundle = nobody
  readonly installBundle = nobody
  readonly dropBundle = nobody
  readonly sites = nobody
  readonly site = nobody
  readonly addSiteCode = nobody
  readonly moveSite = nobody
  readonly retireSite = nobody
  readonly resumeSite = nobody
  readonly setSiteUpdates = nobody
  readonly central = nobody
  readonly joinCentral = nobody
  readonly leaveCentral = nobody
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
  readonly secrets = nobody
  readonly setSecret = nobody
  readonly removeSecret = nobody
  readonly auditEntries = nobody
  readonly verifyAudit = nobody
  readonly ca = nobody
  readonly rotateCa = nobody
  readonly trustCa = nobody
  readonly signingKeys = nobody
  readonly rotateSigningKey = nobody
}
