// Whatever a chip or its bus answers, a driver neither throws nor lets a NaN out.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import type { I2cAnswer, I2cBus } from '../../src/core/ports.ts';
import type { Reading } from '../../src/core/reading.ts';
import type { Chip } from '../../src/chips/chip.ts';
import { decodableChips, decodeRegisters } from '../../src/chips/decode.ts';
import { RegisterFileBus } from '../../src/chips/register-file-bus.ts';
import { knownChips, openChip } from '../../src/chips/registry.ts';

const ADDRESS = 0x48;
const RUNS = 40;

function checkReading(reading: Reading | undefined): void {
  assert.ok(reading !== undefined);
  if (reading.kind === 'value') assert.ok(Number.isFinite(reading.value), `${reading.value}`);
  else assert.notEqual(reading.detail, '');
}

/** Uses everything the chip offers. */
async function exercise(chip: Chip): Promise<void> {
  switch (chip.kind) {
    case 'sensor':
    case 'fan': {
      await chip.configure();
      const all = await chip.readAll(1);
      assert.deepEqual(
        [...all.keys()],
        chip.channels.map(({ channel }) => channel),
      );
      for (const { channel } of chip.channels) {
        checkReading(all.get(channel));
        checkReading(await chip.read(channel, 1));
      }
      if (chip.kind === 'fan') {
        for (let pwm = 1; pwm <= chip.pwmCount; pwm++) {
          const before = await chip.readDuty(pwm);
          if (before.kind === 'ok') assert.ok(before.ratio >= 0 && before.ratio <= 1, `${before.ratio}`);
          await chip.setDuty(pwm, 0.5);
        }
        await chip.armWatchdog(30);
        await chip.readStatus();
      }
      return;
    }
    case 'expander':
    case 'led': {
      await chip.configure();
      const pins = await chip.readPins();
      if (pins.kind === 'ok') assert.equal(pins.levels.length, chip.pinCount);
      await chip.writePin(chip.pinCount - 1, 1);
      if (chip.kind === 'led') await chip.readLeds();
      else await chip.setOutput(0, 1);
      return;
    }
    case 'eeprom': {
      const answer = await chip.read(3, 100);
      if (answer.kind === 'ok') assert.equal(answer.data.length, 100);
      return;
    }
    case 'mux': {
      await chip.channel(chip.channelCount - 1).transfer(ADDRESS, Uint8Array.of(0), 1);
    }
  }
}

const bytes = fc.uint8Array({ minLength: 256, maxLength: 256 });

/** Answers that break the port's promises too: the wrong number of bytes. */
const answer: fc.Arbitrary<I2cAnswer> = fc.oneof(
  fc.uint8Array({ maxLength: 40 }).map((data): I2cAnswer => ({ kind: 'ok', data })),
  fc
    .constantFrom('nack', 'timeout', 'arbitration', 'busy', 'pec', 'io')
    .map((error): I2cAnswer => ({ kind: 'error', error, detail: '' })),
);

describe('any register contents', () => {
  for (const { name } of knownChips()) {
    it(`give ${name} readings, never a NaN or an exception`, async () => {
      const property = fc.asyncProperty(bytes, async (file) => {
        await exercise(openChip(name, new RegisterFileBus(ADDRESS, 'byte', [...file]), ADDRESS));
      });
      await fc.assert(property, { numRuns: RUNS });
    });

    it(`and any answers of the bus, give ${name} readings, never a NaN or an exception`, async () => {
      const property = fc.asyncProperty(fc.array(answer, { minLength: 1, maxLength: 20 }), async (answers) => {
        let next = 0;
        const bus: I2cBus = {
          id: 'i2c3',
          transfer: () => Promise.resolve(answers[next++ % answers.length] ?? { kind: 'ok', data: new Uint8Array() }),
        };
        await exercise(openChip(name, bus, ADDRESS));
      });
      await fc.assert(property, { numRuns: RUNS });
    });
  }

  it('decode to whole numbers, or are refused', async () => {
    const property = fc.asyncProperty(
      fc.constantFrom(...decodableChips()),
      bytes,
      fc.integer({ min: 1, max: 1e9 }),
      async (chip, file, shunt) => {
        const registers = [...file].map((byte, index) => ((byte << 8) | (file[255 - index] ?? 0)).toString(16));
        const input = { chip, width: 'word', registers };
        const decoded = await decodeRegisters(input, { shuntMicroOhm: shunt });
        assert.ok(Object.keys(decoded).length >= 3);
        for (const [attribute, value] of Object.entries(decoded))
          assert.ok(Number.isSafeInteger(value), `${attribute}: ${value}`);
      },
    );
    await fc.assert(property, { numRuns: 300 });
  });
});
