// The chassis's certificate authority: one durable file that only its owner may read, and beside it what stock tools
// want as PEM files. Every change is on the disk before anybody is told.
import { createPublicKey, generateKeyPairSync, randomBytes, X509Certificate, type KeyObject } from 'node:crypto';
import { mkdir, open, readFile, rename, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Clock } from '../../core/clock.ts';
import { ColdslotError } from '../../core/errors.ts';
import {
  codeText,
  CONTROLLER_NAME,
  makeCode,
  provenKey,
  type Enrolled,
  type EnrolmentRequest,
} from '../../protocols/enrolment.ts';
import type { Identity } from '../../protocols/tls-identity.ts';
import { ioProblem } from '../io-problem.ts';
import { issue, makeAuthority, makeRevocationList } from './certificates.ts';
import {
  CODE_VALID_MS,
  PKI_FORMAT,
  pkiStateSchema,
  redeem,
  revokedIn,
  withCode,
  withIssued,
  withRevoked,
  type Issued,
  type PkiState,
} from './pki-state.ts';

export class Authority {
  readonly directory: string;
  readonly #clock: Clock;
  #state: PkiState;
  #revocationList: string;
  /** Changes queue, each on the state the one before has left. */
  #queue: Promise<unknown> = Promise.resolve();
  readonly #listeners = new Set<() => void>();

  private constructor(directory: string, clock: Clock, state: PkiState, revocationList: string) {
    this.directory = directory;
    this.#clock = clock;
    this.#state = state;
    this.#revocationList = revocationList;
  }

  /**
   * Reads the authority of a directory, or makes one there. `hosts`: where the controller is reached.
   * @throws ColdslotError `refused` when others may read its key or the clock is not set, `bad-input`, `io`
   */
  static async open(directory: string, chassis: string, hosts: readonly string[], clock: Clock): Promise<Authority> {
    try {
      await mkdir(directory, { recursive: true, mode: 0o700 });
      const state = (await readState(directory)) ?? (await firstState(chassis, hosts, clock.wall().getTime()));
      if (state.chassis !== chassis) {
        const hint = 'give another --state, or the chassis id it was made for';
        throw new ColdslotError('refused', directory, `its certificates are of chassis ${state.chassis}`, hint);
      }
      const list = await makeRevocationList(state.authority, revokedIn(state), clock.wall().getTime());
      const authority = new Authority(directory, clock, state, list);
      await authority.#write();
      return authority;
    } catch (error) {
      throw ioProblem(directory, error);
    }
  }

  get chassis(): string {
    return this.#state.chassis;
  }

  identity(): Identity {
    const { controller, authority } = this.#state;
    return { ...controller, ca: authority.certificate, revocationList: this.#revocationList };
  }

  issued(): readonly Issued[] {
    return this.#state.issued;
  }

  /** Sleds that a code is out for, with its end. */
  pending(): readonly { readonly sled: string; readonly expiresAtMs: number }[] {
    const nowMs = this.#wallMs();
    return this.#state.codes
      .filter((code) => code.expiresAtMs > nowMs)
      .map(({ sled, expiresAtMs }) => ({ sled, expiresAtMs }));
  }

  /** Calls back when the list of revoked certificates has changed, until the returned function is called. */
  onRevoked(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** A one-time code for a sled; the only time it is seen. @throws ColdslotError `bad-input`, `refused`, `io` */
  async enroll(sled: string): Promise<{ readonly code: string; readonly expiresAtMs: number }> {
    const code = makeCode(new X509Certificate(this.#state.authority.certificate).raw);
    const expiresAtMs = this.#wallMs() + CODE_VALID_MS;
    await this.#change((state) => withCode(state, sled, code.secret, this.#wallMs()));
    return { code: codeText(code), expiresAtMs };
  }

  /** The certificate for who has the code. The code is used up before it is made. @throws ColdslotError `refused`, `io` */
  async admit(request: EnrolmentRequest, ticketKey: string): Promise<Enrolled> {
    const key = provenKey(request);
    let why: string | null = null;
    await this.#change((state) => {
      const redeemed = redeem(state, request.sled, request.secret, this.#wallMs());
      why = redeemed.kind === 'wrong' ? redeemed.why : null;
      return redeemed.state;
    });
    if (why !== null)
      throw new ColdslotError('refused', `sled ${request.sled}`, why, 'coldslot pki enroll SLED gives a new code');
    const certificate = await this.#issue(request.sled, key, []);
    const { ca, revocationList } = this.identity();
    return { certificate, ca, crl: revocationList, ticketKey, chassis: this.#state.chassis };
  }

  /** @throws ColdslotError `not-found` when it has no valid certificate, `io` */
  async revoke(name: string): Promise<Issued[]> {
    const valid = this.#state.issued.filter((one) => one.name === name && one.revokedAtMs === null);
    if (valid.length === 0)
      throw new ColdslotError('not-found', `sled ${name}`, 'it has no valid certificate', 'see: coldslot pki list');
    await this.#change((state) => withRevoked(state, name, this.#wallMs()));
    return valid;
  }

  async #issue(name: string, publicKey: KeyObject, hosts: readonly string[]): Promise<string> {
    const serial = newSerial();
    const wallMs = this.#wallMs();
    const made = await issue(this.#state.authority, { name, publicKey, hosts }, serial, wallMs);
    const entry = { serial, name, issuedAtMs: wallMs, notAfterMs: made.notAfterMs };
    await this.#change((state) => withIssued(state, entry));
    return made.certificate;
  }

  #wallMs(): number {
    return this.#clock.wall().getTime();
  }

  #change(change: (state: PkiState) => PkiState): Promise<void> {
    const mine = this.#queue.then(async () => {
      const before = this.#state;
      const state = change(before);
      const isRevoked = revokedIn(state).length !== revokedIn(before).length;
      const list = isRevoked
        ? await makeRevocationList(state.authority, revokedIn(state), this.#wallMs())
        : this.#revocationList;
      const listBefore = this.#revocationList;
      this.#state = state;
      this.#revocationList = list;
      try {
        await this.#write();
      } catch (error) {
        this.#state = before;
        this.#revocationList = listBefore;
        throw ioProblem(this.directory, error);
      }
      if (isRevoked) for (const listener of this.#listeners) listener();
    });
    this.#queue = mine.catch(() => {});
    return mine;
  }

  async #write(): Promise<void> {
    const { authority, controller } = this.#state;
    await writeDurably(path.join(this.directory, 'pki.json'), `${JSON.stringify(this.#state)}\n`, 0o600);
    await writeDurably(path.join(this.directory, 'ca.crt'), authority.certificate, 0o644);
    await writeDurably(path.join(this.directory, 'crl.pem'), this.#revocationList, 0o644);
    await writeDurably(path.join(this.directory, 'controller.crt'), controller.certificate, 0o644);
    await writeDurably(path.join(this.directory, 'controller.key'), controller.privateKey, 0o600);
  }
}

async function readState(directory: string): Promise<PkiState | null> {
  const file = path.join(directory, 'pki.json');
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  if (text === null) return null;
  if (((await stat(file)).mode & 0o077) !== 0)
    throw new ColdslotError('refused', file, 'others than its owner may read the private keys', `chmod 600 ${file}`);
  const hint = 'restore it from a copy; without it every sled has to enrol again';
  try {
    return pkiStateSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw new ColdslotError('bad-input', file, 'is damaged, or of another version', hint, { cause });
  }
}

async function firstState(chassis: string, hosts: readonly string[], wallMs: number): Promise<PkiState> {
  const authority = await makeAuthority(chassis, newSerial());
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const serial = newSerial();
  const subject = { name: CONTROLLER_NAME, publicKey: createPublicKey(privateKey), hosts };
  const { certificate, notAfterMs } = await issue(authority, subject, serial, wallMs);
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  return {
    format: PKI_FORMAT,
    chassis,
    authority,
    controller: { certificate, privateKey: pem },
    issued: [{ serial, name: CONTROLLER_NAME, issuedAtMs: wallMs, notAfterMs, revokedAtMs: null }],
    codes: [],
  };
}

/** Positive, and of one length: a leading zero would not come back from other programs. */
function newSerial(): string {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40;
  return bytes.toString('hex');
}

async function writeDurably(file: string, text: string, mode: number): Promise<void> {
  const draft = `${file}.new`;
  const handle = await open(draft, 'w', mode);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(draft, file);
  const folder = await open(path.dirname(file), 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
