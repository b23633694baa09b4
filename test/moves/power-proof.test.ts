// What of a guardian's frame proves that a slot has no power, and what does not.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FRESH_MS, OFF_BELOW_W, powerProof } from '../../src/moves/power-proof.ts';
import { slotPowerNews } from '../../src/controller/slot-power-news.ts';
import type { Board } from '../../src/board/schema.ts';
import { frameSchema, type Frame, type SlotFrame } from '../../src/protocols/guardian-link.ts';

const NOW_MS = 100_000;

function frameWith(slot: Partial<SlotFrame>, powerReading: unknown = null): Frame {
  return frameSchema.parse({
    type: 'frame',
    seq: 1,
    atMs: NOW_MS,
    lateMs: 0,
    sweepMs: 10,
    sensors: powerReading === null ? {} : { power3: { reading: powerReading, state: 'ok' } },
    fans: [],
    zones: [],
    slots: [{ slot: 3, presence: 'present', power: 'unknown', fru: null, ...slot }],
    intentHeld: false,
  });
}

const watts = (value: number, ageMs = 200) => ({ kind: 'value', value, atMs: NOW_MS - ageMs });
const from = (source: 'power-good' | 'absence' | 'command', ageMs = 200) => ({ source, atMs: NOW_MS - ageMs });
const proof = (frame: Frame) => powerProof(frame, 3, 'power3');

describe('a frame', () => {
  it('confirms a slot off by its power-good line, since that was read', () => {
    const frame = frameWith({ power: 'off', powerFrom: from('power-good', 300) });
    assert.deepEqual(proof(frame), { power: 'confirmed-off', sinceMs: NOW_MS - 300 });
  });

  it('confirms an empty slot off by its presence line', () => {
    assert.equal(
      proof(frameWith({ presence: 'absent', power: 'off', powerFrom: from('absence') })).power,
      'confirmed-off',
    );
  });

  it('confirms a slot off by a power reading of next to nothing', () => {
    const frame = frameWith({ power: 'off', powerFrom: from('command') }, watts(OFF_BELOW_W - 0.1, 400));
    assert.deepEqual(proof(frame), { power: 'confirmed-off', sinceMs: NOW_MS - 400 });
    assert.equal(proof(frameWith({}, watts(OFF_BELOW_W))).power, 'on');
  });

  const nothing: readonly [what: string, frame: Frame][] = [
    ['what was only commanded', frameWith({ power: 'off', powerFrom: from('command') })],
    ['a power-good line read long ago', frameWith({ power: 'off', powerFrom: from('power-good', FRESH_MS + 1) })],
    ['a power reading from long ago', frameWith({}, watts(0, FRESH_MS + 1))],
    [
      'a sensor that is not read because the slot was told to be off',
      frameWith(
        { power: 'off', powerFrom: from('command') },
        { kind: 'none', reason: 'off', detail: '', atMs: NOW_MS },
      ),
    ],
    ['a sensor that does not answer', frameWith({}, { kind: 'none', reason: 'timeout', detail: '', atMs: NOW_MS })],
    ['a guardian that does not say how it knows', frameWith({ power: 'off' })],
    ['power that is unknown', frameWith({ power: 'unknown' })],
  ];
  for (const [what, frame] of nothing) {
    it(`confirms nothing by ${what}`, () => assert.equal(proof(frame).power, 'unknown'));
  }

  it('confirms nothing for a slot it does not tell of', () => {
    assert.equal(powerProof(frameWith({ power: 'off', powerFrom: from('power-good') }), 4, null).power, 'unknown');
  });

  it('believes a power-good line that is on more than a sensor', () => {
    assert.equal(proof(frameWith({ power: 'on', powerFrom: from('power-good') }, watts(0))).power, 'on');
  });

  it('names a sled by a FRU that belongs to an agent only, and tells times in the controller’s clock', () => {
    const board = { slots: [{ number: 3, sensors: { temperature: 't', power: 'power3' } }] } as unknown as Board;
    const fru = { model: '', serial: 'sled7', manufacturer: '' };
    const frame = frameWith({ power: 'off', powerFrom: from('power-good', 0), fru });
    // at speed 10 the guardian's 100,000 ms are the controller's 10,000
    assert.deepEqual(
      slotPowerNews(board, frame, 10, (serial) => serial === 'sled7'),
      [{ slot: 3, sled: 'sled7', power: 'confirmed-off', sinceMs: 10_000 }],
    );
    assert.equal(slotPowerNews(board, frame, 10, () => false)[0]?.sled, null);
  });
});
