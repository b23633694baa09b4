import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { I2cAnswer, I2cBus } from '../../src/core/ports.ts';
import { ColdslotError } from '../../src/core/errors.ts';
import { muxedBus, openPca954x } from '../../src/chips/pca954x.ts';
import { open, ProbeBus } from './probe-bus.ts';

/** A PCA9548 at 0x74 with a chip at 0x20 behind every channel, which answers with its channel. Each transfer takes a turn. */
function muxedChips(): { bus: ProbeBus; reset: () => void; stick: (position: number) => void } {
  let control = 0;
  let stuck = false;
  const bus = new ProbeBus({
    transfer: async (address, write): Promise<I2cAnswer> => {
      await new Promise((resolve) => void setImmediate(resolve));
      if (address === 0x74) {
        if (!stuck) control = write[0] ?? control;
        return { kind: 'ok', data: write.length === 0 ? Uint8Array.of(control) : new Uint8Array() };
      }
      if (control === 0) return { kind: 'error', error: 'nack', detail: 'no channel selected' };
      return { kind: 'ok', data: Uint8Array.of(Math.log2(control)) };
    },
  });
  const stick = (position: number) => {
    stuck = true;
    control = position;
  };
  return { bus, reset: () => void (control = 0), stick };
}

async function channelRead(bus: I2cBus): Promise<number | string> {
  const answer = await bus.transfer(0x20, Uint8Array.of(0), 1);
  return answer.kind === 'ok' ? (answer.data[0] ?? -1) : answer.error;
}

describe('PCA9548', () => {
  it('never lets two channels interleave', async () => {
    const { bus } = muxedChips();
    const mux = open('mux', 'pca9548', bus, 0x74);
    const order = [3, 5, 3, 0, 7, 7, 5];
    const answers = await Promise.all(order.map((channel) => channelRead(mux.channel(channel))));
    assert.deepEqual(answers, order);
  });

  it('selects only when another channel was selected', async () => {
    const { bus } = muxedChips();
    const channel = muxedBus(open('mux', 'pca9548', bus, 0x74), 2);
    await channelRead(channel);
    await channelRead(channel);
    assert.deepEqual(bus.writes(), ['04']);
    assert.equal(bus.transfers.length, 4); // the control register is written and read back, then two reads
  });

  it('that stays on another channel is found out: nothing is sent behind it', async () => {
    const { bus, stick } = muxedChips();
    const mux = open('mux', 'pca9548', bus, 0x74);
    stick(0x01);
    const answer = await mux.channel(3).transfer(0x20, Uint8Array.of(0), 1);
    assert.deepEqual(answer, {
      kind: 'error',
      error: 'io',
      detail: 'selecting channel 3 of pca9548 at 0x74 on i2c3: it stays at 0x01',
    });
    assert.equal(bus.transfers.filter(({ address }) => address === 0x20).length, 0);
  });

  it('selects again after a failure, since the mux may have been reset', async () => {
    const { bus, reset } = muxedChips();
    const channel = open('mux', 'pca9548', bus, 0x74).channel(2);
    await channelRead(channel);
    reset();
    assert.equal(await channelRead(channel), 'nack');
    assert.equal(await channelRead(channel), 2);
  });

  it('sends nothing behind a channel that could not be selected', async () => {
    const { bus } = muxedChips();
    const mux = open('mux', 'pca9548', bus, 0x74);
    assert.equal(await channelRead(mux.channel(1)), 1);
    bus.fail = ({ address }) => (address === 0x74 ? 'timeout' : null);
    const answer = await mux.channel(6).transfer(0x20, Uint8Array.of(0), 1);
    assert.deepEqual(answer, {
      kind: 'error',
      error: 'timeout',
      detail: 'selecting channel 6 of pca9548 at 0x74 on i2c3: injected',
    });
    assert.equal(bus.transfers.filter(({ address }) => address === 0x20).length, 1);
  });

  it('disconnects between transfers where it shares the bus with another mux', async () => {
    const { bus } = muxedChips();
    const channel = openPca954x('pca9548', 8, bus, 0x74, { idle: 'disconnect' }).channel(4);
    assert.equal(await channelRead(channel), 4);
    assert.equal(await channelRead(channel), 4);
    assert.deepEqual(bus.writes(), ['10', '00', '10', '00']);
  });

  it('knows how many channels it has', () => {
    const mux = open('mux', 'pca9546', muxedChips().bus, 0x74);
    assert.equal(mux.channelCount, 4);
    assert.equal(mux.channel(3).id, 'i2c3/0x74/3');
    assert.throws(
      () => mux.channel(4),
      (error) => error instanceof ColdslotError && error.code === 'bad-input',
    );
  });
});
