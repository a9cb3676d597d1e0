// X.509 certificates of this appliance's CA and of its HTTPS server: made, never kept. ECDSA on P-256; names and validity come in.
import { createPrivateKey, randomBytes, webcrypto } from 'node:crypto'
import { isIP } from 'node:net'
// Its decorators look for this when it is loaded.
import 'reflect-metadata'
import x509 from '@peculiar/x509'

const { X509CertificateGenerator } = x509
const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
const SERVER_AUTHENTICATION = '1.3.6.1.5.5.7.3.1'
x509.cryptoProvider.set(webcrypto)

/** Both in PEM. */
export interface CertifiedKey {
  readonly key: string
  readonly certificate: string
}

interface Validity {
  readonly notBefore: Date
  readonly notAfter: Date
}

/** It signs server certificates, and the CA that comes after it. */
export async function makeRoot(commonName: string, validity: Validity): Promise<CertifiedKey> {
  const keys = await newKeys()
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    ...validity,
    serialNumber: newSerial(),
    name: nameOf(commonName),
    keys,
    signingAlgorithm: ALGORITHM,
    extensions: await authorityExtensions(keys.publicKey),
  })
  return { key: await pemOfKey(keys.privateKey), certificate: certificate.toString('pem') }
}

/** The public key of a newer root under the signature of an older one: who trusts the older one follows. */
export async function crossSign(newer: CertifiedKey, older: CertifiedKey, validity: Validity): Promise<string> {
  const publicKey = new x509.X509Certificate(newer.certificate).publicKey
  const certificate = await X509CertificateGenerator.create({
    ...validity,
    serialNumber: newSerial(),
    subject: new x509.X509Certificate(newer.certificate).subject,
    issuer: new x509.X509Certificate(older.certificate).subject,
    publicKey,
    signingKey: await importKey(older.key),
    signingAlgorithm: ALGORITHM,
    extensions: await authorityExtensions(publicKey),
  })
  return certificate.toString('pem')
}

/** names: DNS names and addresses by which it is reached. */
export async function makeServerCertificate(
  root: CertifiedKey,
  names: readonly string[],
  validity: Validity,
): Promise<CertifiedKey> {
  const keys = await newKeys()
  const certificate = await X509CertificateGenerator.create({
    ...validity,
    serialNumber: newSerial(),
    subject: nameOf('Platen appliance'),
    issuer: new x509.X509Certificate(root.certificate).subject,
    publicKey: keys.publicKey,
    signingKey: await importKey(root.key),
    signingAlgorithm: ALGORITHM,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([SERVER_AUTHENTICATION]),
      new x509.SubjectAlternativeNameExtension(names.map((value) => ({ type: isIP(value) === 0 ? 'dns' : 'ip', value }))),
      await x509.AuthorityKeyIdentifierExtension.create(new x509.X509Certificate(root.certificate).publicKey),
    ],
  })
  return { key: await pemOfKey(keys.privateKey), certificate: certificate.toString('pem') }
}

const newKeys = () => webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify'])

/** Positive, and so long that nobody guesses the next one. */
const newSerial = (): string => `01${randomBytes(15).toString('hex')}`

const nameOf = (commonName: string) => [{ CN: [commonName] }]

async function authorityExtensions(publicKey: Parameters<typeof x509.SubjectKeyIdentifierExtension.create>[0]) {
  return [
    new x509.BasicConstraintsExtension(true, undefined, true),
    new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
    await x509.SubjectKeyIdentifierExtension.create(publicKey),
  ]
}

async function pemOfKey(key: webcrypto.CryptoKey): Promise<string> {
  const der = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', key))
  return createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }).export({ format: 'pem', type: 'pkcs8' }).toString()
}

function importKey(pem: string): Promise<webcrypto.CryptoKey> {
  const der = createPrivateKey(pem).export({ format: 'der', type: 'pkcs8' })
  return webcrypto.subtle.importKey('pkcs8', der, ALGORITHM, false, ['sign'])
}
