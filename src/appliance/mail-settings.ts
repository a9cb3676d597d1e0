// The mail server by which people hear of their own jobs. Pure: the schema.
import { Type } from 'typebox'
import { oneOf, strict, text } from './setting-types.ts'

export const MailSettings = Type.Object(
  {
    host: Type.Optional(
      text(
        'The mail server by which whoever posted a job is told that nobody takes it. Left out: only hooks tell.',
        'mail.site.example',
      ),
    ),
    port: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 65_535,
        description: 'Its port. Left out: 25; with starttls 587, with tls 465.',
        examples: [587],
      }),
    ),
    encryption: Type.Optional(
      oneOf(
        ['none', 'starttls', 'tls'],
        undefined,
        'starttls: nothing is sent when the server does not offer it. Left out: none.',
      ),
    ),
    user: Type.Optional(text('Logs in, only with encryption.', 'platen')),
    passwordFile: Type.Optional(
      text('A file that holds the password and nothing else; read for each mail.', '/etc/platen/mail-password'),
    ),
    from: Type.Optional(text('The sender. Without it nothing is sent.', 'platen@site.example')),
  },
  strict,
)
