import { describe, it } from 'node:test';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { ColdslotError, describeError, exitCodeOf } from '../../src/core/errors.ts';
import { boardOf, loadBoard } from '../../src/board/load.ts';
import { boardFile, knownChips } from './known-chips.ts';

/** A board as it is edited: anything may be put anywhere. */
// oxlint-disable-next-line typescript/no-explicit-any -- the point is to break its type
type Edited = any;

const good = readFileSync(boardFile('sim-8'), 'utf8');
const mux = '0x70'; // sled-mux on bus chassis; sled1 is behind it

function refusalOf(text: string): ColdslotError {
  try {
    boardOf('x.json', text, knownChips());
  } catch (error) {
    assert.ok(error instanceof ColdslotError, String(error));
    return error;
  }
  throw new Error('the board was accepted');
}

function refusalAfter(edit: (board: Edited) => void): ColdslotError {
  const board: Edited = JSON.parse(good);
  edit(board);
  return refusalOf(JSON.stringify(board));
}

/** What is done to sim-8, the path that must be named, and words the message must have. */
const mistakes: readonly [what: string, edit: (board: Edited) => void, path: string, words: RegExp][] = [
  // form
  ['a number as a string', (b) => (b.buses[0].number = '0'), '$.buses[0].number', /expected a number, found "0"/],
  ['a missing key', (b) => delete b.slots[2].limitC, '$.slots[2].limitC', /expected a number, it is missing/],
  ['an unknown key', (b) => (b.slots[0].limitF = 185), '$.slots[0].limitF', /unknown key; expected only .*limitC/],
  [
    'an unknown key deep inside',
    (b) => (b.devices[4].channels[0].limits.max = 1),
    '$.devices[4].channels[0].limits.max',
    /expected only warningHigh, criticalHigh/,
  ],
  [
    'an address that is none',
    (b) => (b.devices[0].address = '47'),
    '$.devices[0].address',
    /expected an address of two hex digits such as "0x4f", found "47"/,
  ],
  [
    'a format of the future',
    (b) => (b.format = 'coldslot-board/2'),
    '$.format',
    /expected "coldslot-board\/1", found "coldslot-board\/2"/,
  ],
  [
    'an unknown kind of bus',
    (b) => (b.buses[1].kind = 'spi'),
    '$.buses[1].kind',
    /expected one of "i2c", "gpio", .*found "spi"/,
  ],
  ['a ratio over 1', (b) => (b.zones[0].minRatio = 1.5), '$.zones[0].minRatio', /at most 1, found 1.5/],
  ['a negative flow', (b) => (b.airMovers[0].maxFlowM3s = -1), '$.airMovers[0].maxFlowM3s', /more than 0, found -1/],
  [
    'a watchdog time the chip has not',
    (b) => (b.watchdogs[0].timeoutS = 7),
    '$.watchdogs[0].timeoutS',
    /expected one of 5, 10, 30, found 7/,
  ],
  [
    'a pin as a string',
    (b) => (b.slots[0].presence.pin = '0'),
    '$.slots[0].presence.pin',
    /expected a number, found "0"/,
  ],
  ['no slots', (b) => (b.slots = []), '$.slots', /expected a list of at least 1/],
  [
    'half a pin',
    (b) => (b.slots[0].presence.pin = 0.5),
    '$.slots[0].presence.pin',
    /expected a whole number, found 0.5/,
  ],

  // names
  [
    'a bus id twice',
    (b) => (b.buses[1].id = 'chassis'),
    '$.buses[1].id',
    /expected a bus of its own, chassis is used before/,
  ],
  [
    'a mux channel named as a bus',
    (b) => (b.muxes[0].channels[0].id = 'sled5'),
    '$.muxes[0].channels[0].id',
    /sled5 is used before/,
  ],
  [
    'a device id twice',
    (b) => (b.devices[1].id = 'fans'),
    '$.devices[1].id',
    /expected a device of its own, fans is used before/,
  ],
  [
    'a sensor name twice',
    (b) => (b.devices[5].channels[0].sensor = 'ambient'),
    '$.devices[5].channels[0].sensor',
    /expected a sensor of its own, ambient is used before/,
  ],
  [
    'a slot number twice',
    (b) => (b.slots[1].number = 1),
    '$.slots[1].number',
    /expected a slot number of its own, 1 is used before/,
  ],
  [
    'two slots in one place',
    (b) => (b.slots[1].column = 0),
    '$.slots[1].column',
    /expected a row and column of its own, 0, 0/,
  ],

  // placement
  [
    'an unknown chip',
    (b) => (b.devices[4].chip = 'tmp999'),
    '$.devices[4].chip',
    /expected a known chip, found tmp999: .*known: .*tmp105/,
  ],
  ['a mux among the devices', (b) => (b.devices[4].chip = 'pca9548'), '$.devices[4].chip', /muxes belong in "muxes"/],
  [
    'a bus that is not there',
    (b) => (b.devices[0].bus = 'i2c9'),
    '$.devices[0].bus',
    /expected an I2C, hwmon or Modbus bus, there is no bus i2c9; there are chassis, sled5/,
  ],
  [
    'a device on a GPIO bus',
    (b) => b.buses.push({ id: 'g', kind: 'gpio', chip: 'linux' }) && (b.devices[0].bus = 'g'),
    '$.devices[0].bus',
    /expected an I2C, hwmon or Modbus bus, g is gpio/,
  ],
  [
    'an address twice on a bus',
    (b) => (b.devices[2].address = '0x20'),
    '$.devices[2].address',
    /expected an address of its own, device presence has 0x20 on bus chassis/,
  ],
  [
    'an address twice, in capitals',
    (b) => (b.devices[0].address = '0x4F'),
    '$.devices[4].address',
    /device fans has 0x4f/,
  ],
  [
    'a device at the mux’s address',
    (b) => (b.devices[1].address = mux),
    '$.devices[1].address',
    /mux sled-mux has 0x70 on bus chassis/,
  ],
  [
    'a device behind the mux at an address in front of it',
    (b) => (b.devices[5].address = '0x60'),
    '$.devices[5].address',
    /device leds has 0x60 on bus chassis, in front of the mux/,
  ],
  [
    'a device behind the mux at the mux’s address',
    (b) => (b.devices[5].address = mux),
    '$.devices[5].address',
    /mux sled-mux has 0x70/,
  ],
  [
    'a reserved address',
    (b) => (b.devices[0].address = '0x03'),
    '$.devices[0].address',
    /expected an address of 0x08 to 0x77/,
  ],
  [
    'a mux channel the mux has not',
    (b) => ((b.muxes[0].chip = 'pca9546'), (b.muxes[0].channels[0].channel = 7)),
    '$.muxes[0].channels[0].channel',
    /expected a channel of 0 to 3/,
  ],
  ['a mux behind itself', (b) => (b.muxes[0].bus = 'sled1'), '$.muxes[0].bus', /this mux is behind itself/],
  [
    'a device of a slot that is not there',
    (b) => (b.devices[5].slot = 9),
    '$.devices[5].slot',
    /expected the number of a slot \(1, 2, 3, 4, 5, 6, 7, 8\), found 9/,
  ],
  [
    'a hwmon name on an I2C bus',
    (b) => (b.devices[0].hwmon = { name: 'pwmfan' }),
    '$.devices[0].hwmon',
    /expected only on a bus of kind hwmon/,
  ],
  [
    'packet error codes of a chip that has none',
    (b) => (b.devices[0].pec = true),
    '$.devices[0].pec',
    /expected no "pec", a max31790 has no packet error codes/,
  ],
  [
    'packet error codes of a device that the kernel owns',
    (b) => b.devices.push({ id: 'hsc', chip: 'pmbus', bus: 'chassis', address: '0x40', via: 'hwmon', pec: true }),
    `$.devices[${JSON.parse(good).devices.length}].pec`,
    /the kernel driver that owns the device decides about it/,
  ],
  [
    'an expander that the kernel owns',
    (b) => (b.devices[1].via = 'hwmon'),
    '$.devices[1].via',
    /expected "i2c" for a pca9555, the kernel shows no hwmon values of it: name its pins as lines of a bus of kind gpio/,
  ],
  [
    'an LED driver that the kernel owns',
    (b) => (b.devices[3].via = 'hwmon'),
    '$.devices[3].via',
    /expected "i2c" for a pca9552, .*: unbind its driver/,
  ],
  [
    'the watchdog of a fan controller that the kernel owns',
    (b) => (b.devices[0].via = 'hwmon'),
    '$.watchdogs[0].device',
    /a kernel driver owns fans: use the watchdog of kind linux/,
  ],
  [
    'a hwmon fan on an I2C bus',
    (b) => (b.devices[0].chip = 'hwmon-fan'),
    '$.devices[0].bus',
    /expected a bus of kind hwmon/,
  ],

  // sensors
  [
    'a channel the chip has not',
    (b) => (b.devices[5].channels[1].channel = 'temp3'),
    '$.devices[5].channels[1].channel',
    /expected a channel of a tmp421 \(temp1, temp2\), found temp3/,
  ],
  [
    'a channel twice',
    (b) => (b.devices[5].channels[1].channel = 'temp1'),
    '$.devices[5].channels[1].channel',
    /expected each channel once/,
  ],
  [
    'a missing limit',
    (b) => delete b.devices[5].channels[1].limits.criticalHigh,
    '$.devices[5].channels[1].limits.criticalHigh',
    /expected the temperature slot1_cpu to have a limit, it is missing/,
  ],
  [
    'no limits at all',
    (b) => delete b.devices[4].channels[0].limits,
    '$.devices[4].channels[0].limits.criticalHigh',
    /temperature ambient to have a limit/,
  ],
  [
    'a warning above critical',
    (b) => (b.devices[5].channels[1].limits.warningHigh = 90),
    '$.devices[5].channels[1].limits.criticalHigh',
    /expected more than warningHigh \(90\), found 85/,
  ],
  [
    'a power-down under critical',
    (b) => (b.devices[5].channels[1].limits.powerDownHigh = 84),
    '$.devices[5].channels[1].limits.powerDownHigh',
    /expected more than criticalHigh \(85\)/,
  ],
  [
    'a sensor without a slot',
    (b) => delete b.slots[0].sensors.inlet,
    '$.devices[5].channels[0].sensor',
    /expected slot 1 or a zone to use it, slot1_inlet is a sensor without a slot/,
  ],
  [
    'a must-have sensor in no zone',
    (b) => (b.devices[4].channels[0].mustHave = true),
    '$.devices[4].channels[0].mustHave',
    /expected a must-have sensor in a zone, ambient is in none/,
  ],

  // slots
  [
    'a slot with a sensor nobody has',
    (b) => (b.slots[0].sensors.inlet = 'nowhere'),
    '$.slots[0].sensors.inlet',
    /expected the name of a sensor, no device has nowhere/,
  ],
  [
    'another slot’s sensor',
    (b) => (b.slots[0].sensors.temperature = 'slot2_cpu'),
    '$.slots[0].sensors.temperature',
    /slot2_cpu is of slot 2/,
  ],
  [
    'a power sensor as temperature',
    (b) => (b.slots[0].sensors.temperature = 'slot1_power'),
    '$.slots[0].sensors.temperature',
    /expected a temperature sensor, slot1_power is power1/,
  ],
  [
    'a FRU that is no EEPROM',
    (b) => (b.slots[0].fru = 'sled1-thermal'),
    '$.slots[0].fru',
    /expected an EEPROM, sled1-thermal is a tmp421/,
  ],
  [
    'air from a fan that is not there',
    (b) => (b.slots[0].model.share.fan9 = 0.1),
    '$.slots[0].model.share.fan9',
    /expected the name of an air mover \(fan0, fan1, fan2\)/,
  ],
  [
    'more air than a fan has',
    (b) => (b.slots[0].model.share.fan0 = 0.5),
    '$.airMovers[0]',
    /sum to at most 1, they are 1.140/,
  ],
  [
    'a matrix with a row too few',
    (b) => b.recirculation.preheat.pop(),
    '$.recirculation.preheat',
    /expected 8 rows, one for each slot, found 7/,
  ],
  [
    'a matrix with a column too many',
    (b) => b.recirculation.preheat[3].push(0),
    '$.recirculation.preheat[3]',
    /expected 8 columns, one for each slot, found 9/,
  ],
  [
    'an ambient sensor nobody has',
    (b) => (b.ambientSensor = 'room'),
    '$.ambientSensor',
    /expected a temperature sensor, no device has room/,
  ],

  // cooling
  [
    'a fan on a thermometer',
    (b) => (b.airMovers[0].pwm.device = 'air'),
    '$.airMovers[0].pwm.device',
    /expected a fan controller, air is a tmp75/,
  ],
  [
    'a PWM the chip has not',
    (b) => (b.airMovers[0].pwm.channel = 7),
    '$.airMovers[0].pwm.channel',
    /expected a pwm of 1 to 6 of a max31790, found 7/,
  ],
  [
    'a tachometer the chip has not',
    (b) => (b.airMovers[0].tachometers[1].channel = 13),
    '$.airMovers[0].tachometers[1].channel',
    /expected a tachometer of 1 to 12/,
  ],
  [
    'two fans on one PWM',
    (b) => (b.airMovers[1].pwm.channel = 1),
    '$.airMovers[1].pwm',
    /expected a pwm of its own, fan0 has pwm 1 of fans/,
  ],
  [
    'two fans on one PWM of which one does not say that it shares it',
    (b) => (b.airMovers[1].pwm = { ...b.airMovers[0].pwm, shared: true }),
    '$.airMovers[1].pwm',
    /fan0 has pwm 1 of fans .*"shared": true on each/,
  ],
  [
    'a fan’s power that is a temperature',
    (b) => (b.airMovers[0].powerSensor = 'slot1_cpu'),
    '$.airMovers[0].powerSensor',
    /expected a power sensor, slot1_cpu is temp2/,
  ],
  [
    'a leak that can cut nothing',
    (b) => (delete b.slots[2].power, (b.slots[2].leak = { device: 'presence', pin: 15 })),
    '$.slots[2].leak',
    /expected power.enable on slot 3, or its leak can cut nothing/,
  ],
  [
    'a chassis leak for a slot that is not there',
    (b) => (b.leaks = [{ id: 'sump', line: { device: 'presence', pin: 15 }, cuts: [1, 9] }]),
    '$.leaks[0].cuts[1]',
    /expected the number of a slot \(1, 2, 3, 4, 5, 6, 7, 8\), found 9/,
  ],
  [
    'a chassis leak for all where one cannot be cut',
    (b) => (delete b.slots[4].power, (b.leaks = [{ id: 'sump', line: { device: 'presence', pin: 15 }, cuts: 'all' }])),
    '$.leaks[0].cuts',
    /expected power.enable on slot 5, or leak sump cannot cut it/,
  ],
  [
    'a leak on an expander that loses its power with the slot',
    (b) => (
      b.devices.push({ id: 'sled3-io', chip: 'pca9555', bus: 'sled3', address: '0x27', slot: 3 }),
      (b.slots[2].leak = { device: 'sled3-io', pin: 0 })
    ),
    '$.slots[2].leak.device',
    /sled3-io goes dark with slot 3/,
  ],
  [
    'a leak on the line of a presence contact',
    (b) => (b.slots[0].leak = b.slots[0].presence),
    '$.slots[0].leak',
    /expected a line of its own/,
  ],
  ['a fan in no zone', (b) => b.zones[0].airMovers.pop(), '$.airMovers[2]', /expected air mover fan2 in a zone/],
  [
    'a fan in two zones',
    (b) => b.zones.push({ ...b.zones[0], id: 'other' }),
    '$.zones[1].airMovers[0]',
    /expected each air mover in one zone, fan0 is in main/,
  ],
  [
    'a zone with a fan nobody has',
    (b) => b.zones[0].airMovers.push('fan7'),
    '$.zones[0].airMovers[3]',
    /expected the name of an air mover .*found fan7/,
  ],
  [
    'a zone with a sensor nobody has',
    (b) => (b.zones[0].sensors[0] = 'nowhere'),
    '$.zones[0].sensors[0]',
    /expected the name of a sensor, no device has nowhere/,
  ],
  [
    'a zone that looks at volts',
    (b) => b.zones[0].sensors.push('slot1_voltage'),
    '$.zones[0].sensors[16]',
    /expected a temperature, slot1_voltage is in1/,
  ],
  [
    'a table that goes down',
    (b) =>
      (b.zones[0].tables = [
        {
          sensor: 'slot1_cpu',
          steps: [
            { atC: 60, ratio: 0.5 },
            { atC: 50, ratio: 0.6 },
          ],
        },
      ]),
    '$.zones[0].tables[0].steps[1].atC',
    /expected steps from cold to hot, 50 comes after 60/,
  ],
  [
    'a watchdog in a thermometer',
    (b) => (b.watchdogs[0].device = 'air'),
    '$.watchdogs[0].device',
    /expected a max31790, air is a tmp75/,
  ],

  // lines
  [
    'one presence line for two slots',
    (b) => (b.slots[1].presence.pin = 0),
    '$.slots[1].presence',
    /expected a line of its own, pin 0 of presence is used by \$\.slots\[0\]\.presence/,
  ],
  [
    'an alert line that is another slot’s presence line',
    (b) => (b.slots[1].alert.pin = 0),
    '$.slots[1].alert',
    /expected a line of its own, pin 0 of presence is used by \$\.slots\[0\]\.presence/,
  ],
  [
    'an alert line on a chip that is not there',
    (b) => (b.slots[2].alert.device = 'nowhere'),
    '$.slots[2].alert.device',
    /expected an I\/O expander, there is no device nowhere/,
  ],
  [
    'a pin the expander has not',
    (b) => (b.slots[0].presence.pin = 16),
    '$.slots[0].presence.pin',
    /expected a pin of 0 to 15 of a pca9555, found 16/,
  ],
  [
    'a pin of a thermometer',
    (b) => (b.slots[0].power.enable.device = 'air'),
    '$.slots[0].power.enable.device',
    /expected an I\/O expander, air is a tmp75/,
  ],
  [
    'a line of an I2C bus',
    (b) => (b.slots[0].identify = { bus: 'sled5', line: 3 }),
    '$.slots[0].identify.bus',
    /expected a bus of kind gpio, found sled5/,
  ],
  [
    'a recovery line of an I2C bus',
    (b) => (b.buses[0].recovery = { scl: { bus: 'sled5', line: 1 }, sda: { bus: 'sled5', line: 2 } }),
    '$.buses[0].recovery.scl.bus',
    /expected a bus of kind gpio, found sled5/,
  ],
  [
    'one recovery line for both wires',
    (b) => {
      b.buses.push({ id: 'g', kind: 'gpio', chip: 'linux' });
      b.buses[0].recovery = { scl: { bus: 'g', line: 1 }, sda: { bus: 'g', line: 1 } };
    },
    '$.buses[0].recovery.sda',
    /expected a line of its own, line 1 of g is used by \$\.buses\[0\]\.recovery\.scl/,
  ],
];

describe('a wrong board is refused with its place and what was expected', () => {
  for (const [what, edit, path, words] of mistakes) {
    it(`${what} → ${path}`, () => {
      const refusal = refusalAfter(edit);
      assert.equal(refusal.code, 'bad-input');
      const places = describeError(refusal).split('; and at ');
      const place = places.find((text) => text.startsWith(`x.json at ${path}: `) || text.startsWith(`${path}: `));
      assert.ok(place !== undefined, `${path} is not named: ${describeError(refusal)}`);
      assert.match(place, words);
    });
  }

  it('names the first finding as its subject, the others after it', () => {
    const refusal = refusalAfter((b) => {
      b.slots[0].limitC = '85';
      b.slots[1].limitC = null;
    });
    assert.equal(refusal.subject, 'x.json at $.slots[0].limitC');
    assert.equal(
      refusal.message,
      'expected a number, found "85"; and at $.slots[1].limitC: expected a number, found null',
    );
    assert.equal(exitCodeOf(refusal), 2);
  });

  it('lists ten findings and counts the rest', () => {
    // a register map that is missing is found before all else
    const onI2c = (b: Edited): Edited[] => b.devices.filter((device: Edited) => device.bus !== 'shelf');
    const refusal = refusalAfter((b) => onI2c(b).forEach((device) => (device.chip = 'abacus')));
    const devices = onI2c(JSON.parse(good)).length;
    assert.equal(refusal.message.split('; and at ').length, 10);
    // the watchdog's device is no max31790 any more: one finding beside the devices'
    assert.match(refusal.message, new RegExp(`; and ${devices + 1 - 10} more$`));
  });

  it('is one line', () => {
    assert.doesNotMatch(
      describeError(refusalAfter((b) => b.devices.forEach((d: Edited) => (d.chip = 'abacus')))),
      /\n/,
    );
  });
});

describe('text that is no board', () => {
  it('is refused with line and column where it is not JSON', () => {
    const refusal = refusalOf('{\n  "format": "coldslot-board/1",\n  "id": }\n');
    assert.equal(refusal.subject, 'x.json:3:9');
    assert.equal(refusal.message, 'not valid JSON: expected a value');
  });

  it('is refused where a key is given twice', () => {
    const refusal = refusalOf('{\n  "id": "a",\n  "id": "b"\n}');
    assert.equal(refusal.subject, 'x.json:3:3');
    assert.match(refusal.message, /expected each key once, "id" is here again/);
  });

  it('is refused when it is a list', () => {
    assert.equal(refusalOf('[]').subject, 'x.json at $');
  });

  it('is refused when it is empty', () => {
    assert.equal(refusalOf('').subject, 'x.json:1:1');
  });

  it('is refused when the file is not there, naming the file', () => {
    assert.throws(
      () => loadBoard('no/such/board.json', knownChips()),
      (error) => error instanceof ColdslotError && error.code === 'bad-input' && error.subject === 'no/such/board.json',
    );
  });
});
