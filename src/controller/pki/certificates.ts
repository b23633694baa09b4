// The certificates of a chassis (RFC 5280), made with @peculiar/x509, which is only loaded when one is made. Keys are on
// P-256, which OpenSSL, mosquitto and Node take alike.
import { webcrypto, type KeyObject } from 'node:crypto';
import { ColdslotError } from '../../core/errors.ts';

/** Chassis controllers often start without a clock: what is issued must not look as if it came from the future. */
const NOT_BEFORE = new Date('2000-01-01T00:00:00Z');
/** RFC 5280, 4.1.2.5: no well-defined end. */
const NEVER = new Date('9999-12-31T23:59:59Z');
/** A clock that shows less was never set. */
const CLOCK_IS_SET_AFTER = Date.parse('2026-01-01T00:00:00Z');
const YEARS_VALID = 2;

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };

export interface AuthorityKeys {
  /** PEM. */
  readonly certificate: string;
  /** PKCS #8, PEM. */
  readonly privateKey: string;
}

export interface Subject {
  /** Sled id, or the controller's name. */
  readonly name: string;
  readonly publicKey: KeyObject;
  /** Hosts it is reached at. */
  readonly hosts: readonly string[];
}

export interface Revoked {
  readonly serial: string;
  readonly atMs: number;
}

async function load() {
  await import('reflect-metadata');
  const x509 = await import('@peculiar/x509');
  x509.cryptoProvider.set(webcrypto as never); // its types are the browser's
  return x509;
}

export async function makeAuthority(chassis: string, serial: string): Promise<AuthorityKeys> {
  const x509 = await load();
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serial,
    name: [{ CN: [`coldslot chassis ${chassis}`] }, { O: ['coldslot'] }],
    notBefore: NOT_BEFORE,
    notAfter: NEVER,
    signingAlgorithm: ALGORITHM,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
    ],
  });
  const der = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey);
  return { certificate: `${certificate.toString('pem')}\n`, privateKey: x509.PemConverter.encode(der, 'PRIVATE KEY') };
}

/** @param serial hexadecimal @throws ColdslotError `refused` when the clock was never set */
export async function issue(authority: AuthorityKeys, subject: Subject, serial: string, wallMs: number) {
  if (wallMs < CLOCK_IS_SET_AFTER) {
    const why = `the clock shows ${new Date(wallMs).toISOString()}: nobody could tell when a certificate ends`;
    throw new ColdslotError('refused', 'certificate', why, 'set the clock of the management controller');
  }
  const x509 = await load();
  const notAfter = new Date(wallMs);
  notAfter.setUTCFullYear(notAfter.getUTCFullYear() + YEARS_VALID);
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: serial,
    subject: [{ CN: [subject.name] }],
    issuer: new x509.X509Certificate(authority.certificate).subject,
    publicKey: await importPublic(subject.publicKey),
    signingKey: await importPrivate(x509, authority),
    signingAlgorithm: ALGORITHM,
    notBefore: NOT_BEFORE,
    notAfter,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.clientAuth, x509.ExtendedKeyUsage.serverAuth]),
      ...(subject.hosts.length === 0 ? [] : [new x509.SubjectAlternativeNameExtension(subject.hosts.map(nameOf))]),
    ],
  });
  return { certificate: `${certificate.toString('pem')}\n`, notAfterMs: notAfter.getTime() };
}

/** The list of revoked certificates, PEM. It does not run out: a chassis that nobody looks after must go on working. */
export async function makeRevocationList(authority: AuthorityKeys, revoked: readonly Revoked[], wallMs: number) {
  const x509 = await load();
  const list = await x509.X509CrlGenerator.create({
    issuer: new x509.X509Certificate(authority.certificate).subject,
    thisUpdate: NOT_BEFORE,
    nextUpdate: NEVER,
    entries: revoked.map(({ serial, atMs }) => ({
      serialNumber: serial,
      revocationDate: new Date(Math.min(atMs, wallMs)),
    })),
    signingAlgorithm: ALGORITHM,
    signingKey: await importPrivate(x509, authority),
  });
  return `${x509.PemConverter.encode(list.rawData, 'X509 CRL')}\n`; // what OpenSSL calls it
}

function nameOf(host: string) {
  const isAddress = /^[0-9.]+$/.test(host) || host.includes(':');
  return { type: isAddress ? ('ip' as const) : ('dns' as const), value: host };
}

async function importPrivate(x509: Awaited<ReturnType<typeof load>>, { privateKey }: AuthorityKeys) {
  const [der] = x509.PemConverter.decode(privateKey);
  if (der === undefined) throw new ColdslotError('bad-input', 'ca.key', 'is not a private key in PEM form');
  return webcrypto.subtle.importKey('pkcs8', der, ALGORITHM, false, ['sign']);
}

async function importPublic(key: KeyObject) {
  const der = key.export({ type: 'spki', format: 'der' });
  return webcrypto.subtle.importKey('spki', der, ALGORITHM, true, ['verify']);
}
