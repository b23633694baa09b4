import { describe, it } from 'node:test';
import assert from 'node:assert/strict';
import { checkedChannel } from '../../src/chips/mux-check.ts';
import type { I2cAnswer, I2cBus } from '../../src/core/ports.ts';

const MUX = 0x70;

/** The bus in front of a mux that stands where it is told, and the bus of its channel 2. */
function bench(control: () => I2cAnswer) {
  const wire: string[] = [];
  const bus = (id: string, answer: () => I2cAnswer): I2cBus => ({
    id,
    transfer: (address, write, readLength) => {
      wire.push(`${id} ${address.toString(16)} w${write.length} r${readLength}`);
      return Promise.resolve(answer());
    },
  });
  const channel = bus('sled3', () => ({ kind: 'ok', data: Uint8Array.of(45) }));
  const checked = checkedChannel(channel, { id: 'sled-mux', bus: bus('chassis', control), address: MUX, channel: 2 });
  return { wire, read: () => checked.transfer(0x48, Uint8Array.of(0), 1) };
}

const standsAt = (position: number) => () => ({ kind: 'ok', data: Uint8Array.of(position) }) as const;

describe('a bus behind a mux', () => {
  it('is believed while the control register has its channel’s bit, read back right after', async () => {
    const { wire, read } = bench(standsAt(0x04));
    const both = [read(), read()];
    assert.deepEqual(wire, ['sled3 48 w1 r1', 'chassis 70 w0 r1', 'sled3 48 w1 r1', 'chassis 70 w0 r1']);
    for (const answer of await Promise.all(both)) assert.deepEqual(answer, { kind: 'ok', data: Uint8Array.of(45) });
  });

  it('is not while the mux stands on another channel, or on two', async () => {
    for (const position of [0x01, 0x05]) {
      const answer = await bench(standsAt(position)).read();
      assert.ok(answer.kind === 'error');
      assert.equal(answer.error, 'io');
      assert.match(answer.detail, /sled-mux on chassis stands at 0x0[15] instead of channel 2/);
    }
  });

  it('is not while the mux does not say', async () => {
    const answer = await bench(() => ({ kind: 'error', error: 'nack', detail: 'no acknowledge' })).read();
    assert.equal(answer.kind === 'error' && answer.error, 'nack');
  });

  it('is believed where it cannot tell: the kernel refuses, or has disconnected the idle mux', async () => {
    const busy: I2cAnswer = { kind: 'error', error: 'busy', detail: 'a kernel driver owns the address' };
    for (const control of [() => busy, standsAt(0)]) assert.equal((await bench(control).read()).kind, 'ok');
  });
});
