import { describe, it } from 'node:test';
import assert from 'node:assert/strict';
import type { Level, PinsAnswer } from '../../src/chips/chip.ts';
import { PinReader } from '../../src/sensing/pin-reader.ts';

const ok = (...levels: readonly Level[]): PinsAnswer => ({ kind: 'ok', levels });
const NACK: PinsAnswer = { kind: 'failed', reason: 'fault', detail: 'nack' };

function reader(...answers: readonly PinsAnswer[]) {
  let next = 0;
  const pins = new PinReader({
    name: 'pca9555',
    busId: 'chassis',
    address: 0x21,
    pinCount: 2,
    configure: () => Promise.resolve({ kind: 'ok' }),
    writePin: () => Promise.resolve({ kind: 'ok' }),
    readPins: () => Promise.resolve(answers[next++] ?? NACK),
  });
  return { read: () => pins.read(), reads: () => next };
}

describe('the pins of an expander', () => {
  it('count when they are as before, or when two reads agree that they changed', async () => {
    const pins = reader(ok(1, 0), ok(1, 0), ok(1, 0), ok(1, 1), ok(1, 1));
    assert.deepEqual(await pins.read(), ok(1, 0)); // the first time: two reads
    assert.deepEqual(await pins.read(), ok(1, 0));
    assert.equal(pins.reads(), 3);
    assert.deepEqual(await pins.read(), ok(1, 1));
    assert.equal(pins.reads(), 5);
  });

  it('are not changed by a byte that was corrupted once, nor by one that was not acknowledged', async () => {
    const pins = reader(ok(1, 0), ok(1, 0), ok(0, 0), ok(1, 0), ok(1, 0), NACK, ok(1, 0));
    await pins.read();
    assert.deepEqual(await pins.read(), ok(1, 0));
    assert.deepEqual(await pins.read(), ok(1, 0));
  });

  it('that read differently each time are not known', async () => {
    const pins = reader(ok(0, 0), ok(0, 1), ok(1, 0), ok(1, 1));
    const answer = await pins.read();
    assert.equal(answer.kind === 'failed' && answer.reason, 'implausible');
  });

  it('of a chip that is gone are asked for four times once, then once', async () => {
    const pins = reader(ok(1, 0), ok(1, 0), NACK, NACK, NACK, NACK, NACK);
    await pins.read();
    assert.equal((await pins.read()).kind, 'failed');
    assert.equal(pins.reads(), 6);
    await pins.read();
    assert.equal(pins.reads(), 7);
  });
});
