// What a controller says to a sled in the tests of the agent's machine. The sled is `me`; it is configured with `web`.
import assert from 'node:assert/strict';
import { serviceSpecSchema, type AgentVerb } from '../../../src/protocols/agent-messages.ts';
import type { TicketClaims } from '../../../src/protocols/ticket.ts';
import { FakeSled } from './fake-sled.ts';

export const web = serviceSpecSchema.parse({ id: 'web', command: '/bin/web', demand: { cpu: 1 } });
export const db = serviceSpecSchema.parse({ id: 'db', command: '/bin/db', demand: { cpu: 1 } });

export function leave(move: string, workload: string, epoch: number): TicketClaims {
  return { chassis: 'c', move, workload, epoch, from: 'me', to: 'other' };
}

export function come(move: string, workload: string, epoch: number): TicketClaims {
  return { chassis: 'c', move, workload, epoch, from: 'other', to: 'me' };
}

export function order(sled: FakeSled, claims: TicketClaims, verb: AgentVerb): void {
  const spec = { ...(claims.workload === 'web' ? web : db), id: claims.workload };
  sled.command(claims, verb, { spec: verb === 'stage' ? spec : null });
}

/** The answer, once everything has succeeded that it takes. */
export function answerTo(sled: FakeSled, claims: TicketClaims, verb: AgentVerb): FakeSled['told'][number] | undefined {
  const before = sled.told.length;
  order(sled, claims, verb);
  sled.settle();
  return sled.told.slice(before).at(-1);
}

export function boots(sled: FakeSled): FakeSled {
  sled.take({ kind: 'connected' });
  sled.grant();
  sled.settle();
  return sled;
}

/** A sled whose `web` runs at epoch 1. */
export function started(): FakeSled {
  return boots(new FakeSled([web]));
}

/** Lets the state of a Move come in. */
export function ship(sled: FakeSled, claims: TicketClaims): void {
  const token = sled.offer(claims);
  sled.settle();
  assert.equal(sled.admitted.get(token)?.kind, 'take');
  sled.arrive(token, 7, 'd');
  sled.settle();
  assert.equal(sled.bulkDone.get(token), null);
}

/** All of them are done; the state is shipped before a thaw. */
export function bring(sled: FakeSled, claims: TicketClaims, ...verbs: readonly AgentVerb[]): void {
  for (const verb of verbs) {
    if (verb === 'thaw') ship(sled, claims);
    const answer = answerTo(sled, claims, verb);
    assert.deepEqual([answer?.verb, answer?.outcome, answer?.error], [verb, 'done', null]);
  }
}
