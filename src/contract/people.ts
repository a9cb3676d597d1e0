// People, what each may do, and how they prove who they are. Pure: schemas.
import { type Static, Type } from 'typebox'
import { NamedList } from './lists.ts'
import { NamedObject, NamedUnion } from './named.ts'
import { Instant, Name } from './values.ts'

const strict = { additionalProperties: false }

export const RoleName = NamedUnion('RoleName', [
  Type.Literal('viewer'),
  Type.Literal('technician'),
  Type.Literal('builder'),
  Type.Literal('operator'),
  Type.Literal('admin'),
])
export type Role = Static<typeof RoleName>
/** The least first: each may do all that the ones before may. */
export const ROLES: readonly Role[] = ['viewer', 'technician', 'builder', 'operator', 'admin']

export const hasRole = (role: Role, least: Role): boolean => ROLES.indexOf(role) >= ROLES.indexOf(least)

/**
 * Which machines somebody sees: those at one of these places, or below it ("Room 2" has "Room 2, rack 5"), and those of these classes; and of
 * which sites, there by the same places and classes, or all machines where neither is said.
 */
export const Scope = NamedObject(
  'Scope',
  {
    locations: Type.Optional(Type.Array(Type.String({ minLength: 1, maxLength: 200 }), { maxItems: 50 })),
    classes: Type.Optional(Type.Array(Name, { maxItems: 50 })),
    sites: Type.Optional(Type.Array(Name, { maxItems: 200 })),
  },
  strict,
)
export type Scope = Static<typeof Scope>
/** Left out: all machines. */
const seen = { scope: Type.Optional(Scope) }

/** Long rather than odd: a sentence is a good password. */
const NewPassword = Type.String({ minLength: 12, maxLength: 200 })
const ShownCode = Type.String({ minLength: 1, maxLength: 40 })
const ShownPassword = Type.String({ minLength: 1, maxLength: 200 })

export const UserView = NamedObject('UserView', {
  name: Name,
  role: RoleName,
  ...seen,
  hasSecondFactor: Type.Boolean(),
  addedAt: Instant,
  lastLoginAt: Type.Optional(Instant),
})
export type UserView = Static<typeof UserView>
export const UserList = NamedList('UserList', 'users', UserView)

/** POST /users */
export const NewUser = NamedObject('NewUser', { name: Name, role: RoleName, ...seen, password: NewPassword }, strict)
export type NewUser = Static<typeof NewUser>

/** PATCH /users/:user; a new password, role or scope ends the logins that the user has. */
export const UserChange = NamedObject(
  'UserChange',
  {
    role: Type.Optional(RoleName),
    password: Type.Optional(NewPassword),
    /** For somebody who lost the app and the codes on paper. */
    removeSecondFactor: Type.Optional(Type.Literal(true)),
    /** null: all machines from now on. */
    scope: Type.Optional(Type.Union([Scope, Type.Null()])),
  },
  strict,
)
export type UserChange = Static<typeof UserChange>

/** POST /first-admin: the code stands in the log of an appliance that has no users. */
export const FirstAdmin = NamedObject(
  'FirstAdmin',
  { code: Type.String({ minLength: 1, maxLength: 64 }), name: Name, password: NewPassword },
  strict,
)
export type FirstAdmin = Static<typeof FirstAdmin>

/** POST /login. keep: as a cookie of a browser, or as a token in the answer. */
export const Login = NamedObject(
  'Login',
  {
    name: Type.String({ minLength: 1, maxLength: 63 }),
    password: ShownPassword,
    /** Of the app, or on paper; asked for with LOGIN_CODE_NEEDED. */
    code: Type.Optional(ShownCode),
    keep: Type.Optional(Type.Union([Type.Literal('cookie'), Type.Literal('token')])),
  },
  strict,
)
export type Login = Static<typeof Login>

/** POST /me/password */
export const PasswordChange = NamedObject('PasswordChange', { old: ShownPassword, new: NewPassword }, strict)
export type PasswordChange = Static<typeof PasswordChange>

/** POST /me/second-factor */
export const SecondFactorBegin = NamedObject('SecondFactorBegin', { password: ShownPassword }, strict)
/** For an authenticator app; in force once a code of it was shown. */
export const SecondFactorStart = NamedObject('SecondFactorStart', { secret: Type.String(), url: Type.String() })
export type SecondFactorStart = Static<typeof SecondFactorStart>
/** POST /me/second-factor/confirm */
export const SecondFactorConfirm = NamedObject('SecondFactorConfirm', { code: ShownCode }, strict)
/** Each good for one login without the app; told this once. */
export const SecondFactorCodes = NamedObject('SecondFactorCodes', { codes: Type.Array(Type.String()) })
export type SecondFactorCodes = Static<typeof SecondFactorCodes>
/** POST /me/second-factor/remove */
export const SecondFactorRemove = NamedObject('SecondFactorRemove', { password: ShownPassword, code: ShownCode }, strict)

/** GET /me: as whom this request came. */
export const CallerView = NamedObject('CallerView', {
  name: Type.String(),
  role: RoleName,
  ...seen,
  /** operator-token: whoever can read the data folder of the appliance. central: somebody whom the central of this appliance vouches for. */
  by: Type.Union([Type.Literal('operator-token'), Type.Literal('token'), Type.Literal('login'), Type.Literal('central')]),
})
export type CallerView = Static<typeof CallerView>

export const LoginAnswer = NamedObject('LoginAnswer', {
  ...CallerView.properties,
  until: Instant,
  /** Told this once, when a token was asked for. */
  token: Type.Optional(Type.String()),
})
export type LoginAnswer = Static<typeof LoginAnswer>

export const TokenView = NamedObject('TokenView', {
  name: Name,
  role: RoleName,
  ...seen,
  addedAt: Instant,
  addedBy: Type.String(),
  expiresAt: Instant,
  lastUsedAt: Type.Optional(Instant),
})
export type TokenView = Static<typeof TokenView>
export const TokenList = NamedList('TokenList', 'tokens', TokenView)

/** POST /tokens */
export const NewToken = NamedObject(
  'NewToken',
  { name: Name, role: RoleName, ...seen, days: Type.Integer({ minimum: 1, maximum: 3650 }) },
  strict,
)
export type NewToken = Static<typeof NewToken>
/** The secret is told this once. */
export const AddedToken = NamedObject('AddedToken', { ...TokenView.properties, secret: Type.String() })
export type AddedToken = Static<typeof AddedToken>
