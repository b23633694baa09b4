// The key that signs tickets.
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { chmod, readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, it } from 'node:test';
import { loadTicketKey } from '../../src/controller/ticket-key.ts';
import { openTicket, publicKeyOf, signTicket } from '../../src/protocols/ticket.ts';
import { temporaryDirectory } from './temporary-directory.ts';

const claims = { chassis: 'c', move: 'm1', workload: 'w1', epoch: 2, from: 'sled1', to: 'sled2' };

describe('the ticket key', () => {
  it('is made once, private, and its public half opens what it signs', async (t) => {
    const directory = path.join(await temporaryDirectory(t), 'keys');
    const first = await loadTicketKey(directory);
    const again = await loadTicketKey(directory);
    assert.equal(again.publicPem, first.publicPem);
    const { mode } = await stat(path.join(directory, 'ticket-key.pem'));
    assert.equal(mode & 0o777, 0o600);
    const publicKey = publicKeyOf(await readFile(first.publicFile, 'utf8'));
    assert.deepEqual(openTicket(signTicket(claims, again.privateKey), publicKey), claims);
  });

  it('is the same for two that make it at the same time', async (t) => {
    const directory = await temporaryDirectory(t);
    const [one, two] = await Promise.all([loadTicketKey(directory), loadTicketKey(directory)]);
    assert.equal(one.publicPem, two.publicPem);
  });

  it('is refused when others may read it, and when it is none', async (t) => {
    const directory = await temporaryDirectory(t);
    const file = path.join(directory, 'ticket-key.pem');
    await loadTicketKey(directory);
    await chmod(file, 0o640);
    await assert.rejects(loadTicketKey(directory), { code: 'refused', hint: `chmod 600 ${file}` });
    await writeFile(file, 'nonsense');
    await chmod(file, 0o600);
    await assert.rejects(loadTicketKey(directory), { code: 'bad-input', message: 'is not a private key in PEM form' });
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    await writeFile(file, privateKey.export({ type: 'pkcs8', format: 'pem' }));
    await assert.rejects(loadTicketKey(directory), { code: 'bad-input', message: 'is not an Ed25519 key' });
  });
});
