// What the broker refuses is told by kind and counted, however a client words it.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Client, PublishPacket } from 'aedes';
import { VirtualClock } from '../../../src/core/virtual-clock.ts';
import { BrokerAccess, SLED_RATE, type Refusal } from '../../../src/surfaces/mqtt/access.ts';

describe('refusals of the broker', () => {
  it('are told at 1, 10 and 100 when each of 100 messages is on another foreign topic', () => {
    const told: Refusal[] = [];
    const access = new BrokerAccess({
      chassis: 'c1',
      clock: new VirtualClock(),
      maxPayloadBytes: 1000,
      rate: SLED_RATE,
      refused: (refusal) => told.push(refusal),
    });
    const client = { id: 'anyone', conn: {} } as unknown as Client;
    let errors = 0;
    for (let n = 0; n < 100; n++) {
      const packet = { topic: `coldslot/c1/made-up/${n}`, payload: Buffer.from('x') } as unknown as PublishPacket;
      access.publish(client, packet, (error) => void (errors += error ? 1 : 0));
    }
    assert.equal(errors, 100);
    assert.deepEqual(
      told.map(({ count }) => count),
      [1, 10, 100],
    );
  });
});
