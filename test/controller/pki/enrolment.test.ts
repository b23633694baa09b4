import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { connect } from 'node:tls';
import { join } from 'node:path';
import { afterEach, describe, it } from 'node:test';
import * as fc from 'fast-check';
import { parseRequest } from '../../../src/controller/pki/enrolment-listener.ts';
import { Authority } from '../../../src/controller/pki/authority.ts';
import { realClock, type Clock } from '../../../src/core/clock.ts';
import { makeRequest } from '../../../src/protocols/enrolment.ts';
import { generateKeyPairSync } from 'node:crypto';
import { ChassisTrust } from './chassis-trust.ts';

const NOBODY_LEARNS = { code: 'refused', message: 'refused: the code is wrong, used or expired, or not for this sled' };

/** Real, but for the wall clock. */
function clockAt(wallMs: () => number): Clock {
  const clock = realClock();
  return { nowMs: () => clock.nowMs(), after: (...words) => clock.after(...words), wall: () => new Date(wallMs()) };
}

describe('the enrolment of a sled', () => {
  const open: ChassisTrust[] = [];
  const start = async (...words: Parameters<typeof ChassisTrust.start>) => {
    const trust = await ChassisTrust.start(...words);
    open.push(trust);
    return trust;
  };
  afterEach(async () => {
    for (const trust of open.splice(0)) await trust.close();
  });

  it('gives a certificate of the chassis’s CA for the code, with a key that never left the sled', async () => {
    const trust = await start();
    const sled = await trust.sled('sled-1');
    const [own, ca] = [new X509Certificate(sled.certificate), new X509Certificate(sled.ca)];
    assert.equal(own.subject, 'CN=sled-1');
    assert.ok(own.checkIssued(ca) && own.verify(ca.publicKey));
    assert.ok(!readFileSync(join(trust.folder, 'pki/pki.json'), 'utf8').includes(sled.privateKey.split('\n')[1] ?? ''));
    assert.equal(statSync(join(trust.folder, 'pki/pki.json')).mode & 0o777, 0o600);
    assert.deepEqual(trust.enrolments, [['sled-1', null]]);
  });

  it('is refused with a code that was used, is another sled’s, or has expired; and says only to the operator why', async () => {
    let wallMs = Date.parse('2026-06-01T00:00:00Z');
    const trust = await start('c1', { clock: clockAt(() => wallMs) });
    const { code } = await trust.authority.enroll('sled-1');
    await assert.rejects(trust.enrol('sled-2', code), NOBODY_LEARNS);
    await trust.enrol('sled-1', code);
    await assert.rejects(trust.enrol('sled-1', code), NOBODY_LEARNS);
    const { code: late, expiresAtMs } = await trust.authority.enroll('sled-3');
    wallMs = expiresAtMs;
    await assert.rejects(trust.enrol('sled-3', late), NOBODY_LEARNS);
    assert.deepEqual(
      trust.enrolments.map(([sled, error]) => [sled, error?.replace(/; .*/, '')]),
      [
        ['sled-2', 'sled sled-2: no code is out for it'],
        ['sled-1', undefined],
        ['sled-1', 'sled sled-1: no code is out for it'],
        ['sled-3', 'sled sled-3: its code has expired'],
      ],
    );
  });

  it('voids a code after five wrong ones', async () => {
    const trust = await start();
    const { code } = await trust.authority.enroll('sled-1');
    const [, , fingerprint] = /^(cs1-.{20})-(.*)$/.exec(code) ?? [];
    for (let i = 0; i < 5; i++)
      await assert.rejects(trust.enrol('sled-1', `cs1-${String(i).repeat(20)}-${fingerprint}`), NOBODY_LEARNS);
    await assert.rejects(trust.enrol('sled-1', code), NOBODY_LEARNS);
    assert.match(trust.enrolments.at(-2)?.[1] ?? '', /wrong code 5 times; the code is void/);
  });

  it('is broken off by the sled when the other end is not of the chassis the code is for', async () => {
    const [ours, other] = [await start(), await start()];
    const { code } = await other.authority.enroll('sled-1');
    await assert.rejects(ours.enrol('sled-1', code), {
      code: 'refused',
      message: 'its CA is not the one the code is for',
    });
    assert.deepEqual(ours.enrolments, [], 'the code was never sent');
  });

  it('revokes the certificate that a sled had before', async () => {
    const trust = await start();
    const first = await trust.sled('sled-1');
    await trust.sled('sled-1');
    const serial = new X509Certificate(first.certificate).serialNumber.toLowerCase();
    const kept = trust.authority.issued().filter(({ name }) => name === 'sled-1');
    assert.deepEqual(
      kept.map((one) => [one.serial === serial, one.revokedAtMs === null]),
      [
        [true, false],
        [false, true],
      ],
    );
  });

  it('knows what it has issued, revoked and promised after a restart', async () => {
    const trust = await start();
    await trust.sled('sled-1');
    await trust.sled('sled-2');
    await trust.authority.revoke('sled-2');
    const { code } = await trust.authority.enroll('sled-3');
    const again = await Authority.open(trust.authority.directory, 'c1', [], realClock());
    assert.deepEqual(again.issued(), trust.authority.issued());
    assert.deepEqual(again.pending(), trust.authority.pending());
    assert.equal(again.identity().ca, trust.authority.identity().ca);
    await again.admit(requestFor('sled-3', code), trust.ticketKey);
  });

  it('makes no certificate while the clock was never set, and says so', async () => {
    await assert.rejects(start('c1', { clock: clockAt(() => 0) }), /clock shows 1970.*nobody could tell/);
  });

  it('refuses a request that does not prove its key', async () => {
    const trust = await start();
    const { code } = await trust.authority.enroll('sled-1');
    const request = { ...requestFor('sled-1', code), publicKey: requestFor('sled-1', code).publicKey };
    await assert.rejects(trust.authority.admit(request, trust.ticketKey), /does not prove/);
  });

  it('ends a connection that sends too much, and parses nothing that is no request', async () => {
    const trust = await start();
    const at = trust.enrolment.address.split(':');
    const socket = connect({ host: at[0], port: Number(at[1]), rejectUnauthorized: false });
    socket.on('error', () => {});
    socket.write('x'.repeat(20_000));
    let text = '';
    socket.setEncoding('utf8').on('data', (part: string) => (text += part));
    await new Promise<void>((resolve) => void socket.once('close', () => resolve()));
    assert.match(text, /refused/);
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (line) => {
        assert.throws(() => parseRequest(line), { code: 'bad-input' });
      }),
    );
  });
});

function requestFor(sled: string, code: string) {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return makeRequest(sled, code.slice(4, 24), privateKey);
}
