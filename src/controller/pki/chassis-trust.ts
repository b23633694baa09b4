// The chassis's authority at work: its broker with certificates, the listener where sleds enrol, and the operators' calls.
import type { Clock } from '../../core/clock.ts';
import { assertNever, ColdslotError } from '../../core/errors.ts';
import type { Identity } from '../../protocols/tls-identity.ts';
import type { Refusal } from '../../surfaces/mqtt/access.ts';
import { startSecureBroker, type PortRule, type SecureBroker } from '../../surfaces/mqtt/broker.ts';
import type { OperatorCall } from '../../surfaces/source.ts';
import { Authority } from './authority.ts';
import { listenForSleds, type EnrolmentListener } from './enrolment-listener.ts';

export interface TrustOptions {
  readonly directory: string;
  readonly chassis: string;
  readonly host: string;
  /** Of the plain listener, for reading telemetry. */
  readonly port: number;
  readonly ports: PortRule;
  /** 0 = any. */
  readonly securePort: number;
  readonly enrolmentPort: number;
  readonly clock: Clock;
  /** Public half of the key that signs tickets, PEM. */
  readonly ticketKey: string;
  readonly refused: (refusal: Refusal) => void;
  readonly enrolled: (sled: string, error: string | null) => void;
}

export interface ChassisTrust {
  readonly broker: SecureBroker;
  readonly enrolmentAddress: string;
  identity(): Identity;
  readonly authority: Authority;
  close(): Promise<void>;
}

/** @throws ColdslotError when keys or ports cannot be had; nothing is left running */
export async function openTrust(options: TrustOptions): Promise<ChassisTrust> {
  const { directory, chassis, host, port, ports, clock } = options;
  const authority = await Authority.open(directory, chassis, [host, 'localhost'], clock);
  const identity = () => authority.identity();
  const broker = await startSecureBroker(host, port, ports, {
    chassis,
    identity,
    clock,
    port: options.securePort,
    refused: options.refused,
  });
  let enrolment: EnrolmentListener;
  try {
    enrolment = await listenForSleds(host, options.enrolmentPort, {
      identity,
      admit: (request) => authority.admit(request, options.ticketKey),
      told: options.enrolled,
    });
  } catch (error) {
    await broker.close();
    throw error;
  }
  return {
    broker,
    enrolmentAddress: enrolment.address,
    identity,
    authority,
    close: async () => {
      await enrolment.close();
      await broker.close();
    },
  };
}

type TrustCall = Extract<OperatorCall, { method: 'pki-enroll' | 'pki-revoke' | 'pki-list' }>;

/** @throws ColdslotError `refused` where there is no authority, and as the authority does */
export async function trustCall(trust: ChassisTrust | null, call: TrustCall): Promise<unknown> {
  if (trust === null) {
    const hint = 'its operator lets sleds in; for certificates start the controller without --broker';
    throw new ColdslotError('refused', 'pki', 'the broker is not the chassis’s own', hint);
  }
  const { authority, broker } = trust;
  switch (call.method) {
    case 'pki-enroll': {
      const { code, expiresAtMs } = await authority.enroll(call.sled);
      return {
        sled: call.sled,
        code,
        expiresAt: iso(expiresAtMs),
        address: trust.enrolmentAddress,
        broker: broker.secureUrl,
      };
    }
    case 'pki-revoke': {
      const revoked = await authority.revoke(call.sled);
      broker.revoke(call.sled);
      return { sled: call.sled, revoked: revoked.map((one) => one.serial) };
    }
    case 'pki-list':
      return {
        certificates: authority.issued().map(({ serial, name, issuedAtMs, notAfterMs, revokedAtMs }) => ({
          name,
          serial,
          issuedAt: iso(issuedAtMs),
          notAfter: iso(notAfterMs),
          revokedAt: revokedAtMs === null ? null : iso(revokedAtMs),
        })),
        codes: authority.pending().map(({ sled, expiresAtMs }) => ({ sled, expiresAt: iso(expiresAtMs) })),
      };
    default:
      return assertNever(call);
  }
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
