// A chassis's authority with its broker and enrolment listener in this process, for tests of who is let in.
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { identityOf, tlsOf } from '../../../src/agent/identity.ts';
import { Authority } from '../../../src/controller/pki/authority.ts';
import { listenForSleds, type EnrolmentListener } from '../../../src/controller/pki/enrolment-listener.ts';
import { realClock, type Clock } from '../../../src/core/clock.ts';
import type { Identity } from '../../../src/protocols/tls-identity.ts';
import type { Refusal } from '../../../src/surfaces/mqtt/access.ts';
import { startSecureBroker, type SecureBroker } from '../../../src/surfaces/mqtt/broker.ts';
import type { RateLimit } from '../../../src/surfaces/mqtt/rate-limit.ts';

export const CHASSIS = 'c1';
const HOST = '127.0.0.1';

export class ChassisTrust {
  readonly folder: string;
  readonly authority: Authority;
  readonly broker: SecureBroker;
  readonly enrolment: EnrolmentListener;
  readonly ticketKey: string;
  readonly refusals: Refusal[] = [];
  /** What the enrolment listener told: the sled, and why it was refused. */
  readonly enrolments: [sled: string, error: string | null][] = [];
  readonly #close: (() => Promise<void>)[];

  private constructor(parts: Pick<ChassisTrust, 'folder' | 'authority' | 'broker' | 'enrolment' | 'ticketKey'>) {
    this.folder = parts.folder;
    this.authority = parts.authority;
    this.broker = parts.broker;
    this.enrolment = parts.enrolment;
    this.ticketKey = parts.ticketKey;
    this.#close = [() => parts.enrolment.close(), () => parts.broker.close()];
  }

  static async start(chassis = CHASSIS, { rate, clock = realClock() }: { rate?: RateLimit; clock?: Clock } = {}) {
    const folder = mkdtempSync(join(tmpdir(), 'coldslot-trust-'));
    const authority = await Authority.open(join(folder, 'pki'), chassis, [HOST], clock);
    const ticketKey = generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'pem' }).toString();
    const identity = () => authority.identity();
    let refused = (_refusal: Refusal) => {};
    let told = (_sled: string, _error: string | null) => {};
    const broker = await startSecureBroker(HOST, 0, 'only-this', {
      chassis,
      identity,
      clock: realClock(),
      refused: (refusal) => refused(refusal),
      ...(rate === undefined ? {} : { rate }),
    });
    const enrolment = await listenForSleds(HOST, 0, {
      identity,
      admit: (request) => authority.admit(request, ticketKey),
      told: (sled, error) => told(sled, error),
    });
    const trust = new ChassisTrust({ folder, authority, broker, enrolment, ticketKey });
    refused = (refusal) => void trust.refusals.push(refusal);
    told = (sled, error) => void trust.enrolments.push([sled, error]);
    return trust;
  }

  /** A sled with its certificate, had the way a sled has it. */
  async sled(name: string): Promise<Identity> {
    const { code } = await this.authority.enroll(name);
    return tlsOf(await this.enrol(name, code));
  }

  enrol(sled: string, code: string, chassis = this.authority.chassis) {
    const state = mkdtempSync(join(this.folder, `${sled}-`));
    return identityOf(state, { chassis, sled }, { code, address: this.enrolment.address });
  }

  async revoke(sled: string): Promise<void> {
    await this.authority.revoke(sled);
    this.broker.revoke(sled);
  }

  async close(): Promise<void> {
    for (const close of this.#close) await close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
