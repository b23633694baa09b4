import { describe, it } from 'node:test';
import assert from 'node:assert/strict';
import { importBoard } from '../../../src/board/entity-manager/import.ts';
import { boardOf } from '../../../src/board/load.ts';
import { knownChips } from '../known-chips.ts';

const critical = (Direction: string, Value: number) => ({ Direction, Severity: 1, Value });
const fan = (Name: string, Index: number, Pwm: number, more = {}) => ({
  Type: 'I2CFan',
  Name,
  Bus: 30,
  Address: '0x20',
  Index,
  Connector: { Name: 'C', Pwm, PwmName: `PWM ${Pwm}`, Tachs: [Index] },
  ...more,
});
const loop = { Zones: ['Zone 1'], Class: 'temp' };

const chassis = {
  Name: 'Some Chassis',
  Type: 'Chassis',
  Probe: 'TRUE',
  Exposes: [
    { Type: 'TMP75', Name: 'Inlet Temp', Bus: 1, Address: '0x48', Thresholds: [critical('greater than', 45)] },
    { Type: 'TMP75', Name: 'Outlet', Bus: 1, Address: '0x49', Thresholds: [critical('greater than', 98)] },
    { Type: 'PCA9546Mux', Name: 'Mux', Bus: 1, Address: '0x70', ChannelNames: ['Left', 'Right', '', ''] },
    fan('IN 0', 0, 2, { MaxReading: 19000, Thresholds: [critical('less than', 800)] }),
    fan('OUT 0', 6, 2),
    { Type: 'Pid.Zone', Name: 'Zone 1', MinThermalOutput: 15, FailSafePercent: 60 },
    {
      Type: 'Pid',
      Name: 'Fans',
      Class: 'fan',
      Zones: ['Zone 1'],
      Inputs: ['IN 0', 'OUT 0'],
      Outputs: ['PWM 2', 'PWM 2'],
      SlewNeg: -5,
    },
    { Type: 'Pid', Name: 'Out', ...loop, Inputs: ['Outlet'], SetPoint: 90, PCoefficient: -3, ICoefficient: -0.015 },
    {
      Type: 'Stepwise',
      Name: 'In',
      ...loop,
      Inputs: ['Inlet Temp'],
      Reading: [15, 20, 40],
      Output: [20, 30, 100],
      NegativeHysteresis: 1,
    },
    { Type: 'ADC', Name: 'P12V', Index: 3 },
    { Type: 'MAX5970', Name: 'Efuse', Bus: 1, Address: '0x3a' },
  ],
};

const take = (configurations: unknown, given: Record<string, string> = {}) =>
  importBoard(
    [{ file: 'some/chassis.json', text: JSON.stringify(configurations) }],
    new Map(Object.entries(given)),
    knownChips(),
  );

describe('an import from entity-manager', () => {
  const imported = take(chassis);
  const { board } = imported;

  it('counts what it took, and names all the rest', () => {
    assert.deepEqual([imported.files, imported.addressed, imported.imported], [1, 6, 5]);
    assert.deepEqual(imported.unsupported, { MAX5970: 1 });
    assert.deepEqual(imported.elsewhere, { ADC: 1 });
    assert.deepEqual([imported.needed, imported.conflicts, imported.lost], [{}, [], {}]);
  });

  it('gives each tachometer to the fan of its PWM output; Linux counts from 1', () => {
    assert.deepEqual(board.airMovers, [
      {
        id: 'PWM_2',
        pwm: { device: 'fans-30-0020', channel: 3 },
        tachometers: [
          { device: 'fans-30-0020', channel: 1, fullRpm: 19000 },
          { device: 'fans-30-0020', channel: 7 },
        ],
      },
    ]);
    const controller = board.devices.find(({ id }) => id === 'fans-30-0020');
    assert.deepEqual(controller?.hwmon, { device: '30-0020' });
    assert.deepEqual(controller?.channels[0], { channel: 'fan1', sensor: 'IN_0', limits: { criticalLow: 800 } });
  });

  it('makes one zone of its loops: % become ratios, a set point a margin below the limit', () => {
    assert.deepEqual(board.zones, [
      {
        id: 'Zone_1',
        airMovers: ['PWM_2'],
        sensors: ['Outlet', 'Inlet_Temp'],
        pi: { proportionalPerK: 0.03, integralPerKS: 0.00015, targetMarginK: 8 }, // 98 − 90
        minRatio: 0.15,
        failsafeRatio: 0.6,
        slewDownPerS: 0.05,
        tables: [
          {
            sensor: 'Inlet_Temp',
            hysteresisK: 1,
            // stepwise.cpp: below the second reading the first output, however cold
            steps: [
              { atC: -273.15, ratio: 0.2 },
              { atC: 20, ratio: 0.3 },
              { atC: 40, ratio: 1 },
            ],
          },
        ],
      },
    ]);
  });

  it('must have the inputs of loops, but for those whose loss they accept', () => {
    const needed = (accepted: readonly string[]) => {
      const exposes = chassis.Exposes.map((entry) =>
        entry.Type === 'Stepwise' ? { ...entry, MissingIsAcceptable: accepted } : entry,
      );
      const { board: draft } = take({ ...chassis, Exposes: exposes });
      return draft.devices.flatMap(({ channels }) => channels).flatMap((c) => (c.mustHave === true ? [c.sensor] : []));
    };
    assert.deepEqual(needed([]), ['Inlet_Temp', 'Outlet']);
    assert.deepEqual(needed(['Inlet Temp']), ['Outlet']);
  });

  it('names with JSON paths what only somebody with the machine knows', () => {
    assert.deepEqual(imported.toFillIn.map(({ path }) => path).toSorted(), [
      '$.airMovers[0].idlePowerW',
      '$.airMovers[0].maxFlowM3s',
      '$.airMovers[0].maxPowerW',
      '$.airMovers[0].tachometers[0].fullRpm',
      '$.airMovers[0].tachometers[1].fullRpm',
      '$.devices[2].hwmon.name',
      '$.slots',
    ]);
  });

  it('is a board that loads once those are filled in', () => {
    const draft = structuredClone(board) as unknown as {
      slots: unknown;
      airMovers: { tachometers: { fullRpm?: number }[] }[];
      devices: { hwmon?: { name?: string } }[];
    };
    for (const mover of draft.airMovers) {
      Object.assign(mover, { maxFlowM3s: 0.03, idlePowerW: 1, maxPowerW: 18 });
      for (const tachometer of mover.tachometers) tachometer.fullRpm = 19000;
    }
    Object.assign(draft.devices[2]?.hwmon ?? {}, { name: 'max31790' });
    const model = { idlePowerW: 10, share: { PWM_2: 1 }, rKPerW: 0.1, kFlow: 0.004 };
    draft.slots = [{ number: 1, row: 0, column: 0, sensors: { temperature: 'Outlet' }, limitC: 98, model }];
    const { id, name, devices } = boardOf('board.json', JSON.stringify(draft), knownChips());
    assert.deepEqual([id, name, devices.length], ['some-chassis', 'Some Chassis', 3]);
  });
});

describe('an import', () => {
  const board = (Exposes: readonly unknown[], Probe: unknown = 'TRUE') => ({
    Name: 'B',
    Type: 'Board',
    Probe,
    Exposes,
  });
  const sensor = (Name: string, more = {}) => ({ Type: 'TMP75', Name, Bus: '$bus', Address: '0x48', ...more });

  it('holds back what needs a value, and says which', () => {
    const without = take(
      board([
        sensor('T $bus % 10'),
        sensor('U', { Address: '$address' }),
        { Type: 'ADS7830', Bus: '$bus', Address: '0x49' },
      ]),
    );
    assert.deepEqual(without.needed, { $bus: 1, '$bus and $address': 1 });
    assert.deepEqual([without.addressed, without.imported, without.unsupported], [3, 0, { ADS7830: 1 }]);
    const given = take(board([sensor('T $bus % 10')]), { bus: '21' });
    assert.deepEqual(given.needed, {});
    assert.deepEqual(given.board.buses, [{ id: 'i2c-21', kind: 'i2c', number: 21 }]);
    assert.equal(given.board.devices[0]?.channels[0]?.sensor, 'T_1');
  });

  it('leaves out a configuration whose probe the values contradict', () => {
    const probe = (product: string) => `xyz.openbmc_project.FruDevice({'BOARD_PRODUCT_NAME': '${product}'})`;
    const { configurations, addressed } = take(
      [board([sensor('A')], probe('Left.*')), board([sensor('B'), sensor('C')], probe('Right'))],
      { board_product_name: 'Left 1', bus: '4' },
    );
    assert.deepEqual(
      configurations.map(({ taken }) => taken),
      ['yes', 'no'],
    );
    assert.equal(addressed, 1);
  });

  it('gives a place to the first that has it, and lists the other', () => {
    const { conflicts, imported, board: draft } = take(board([sensor('A', { Bus: 2 }), sensor('B', { Bus: 2 })]));
    assert.deepEqual(conflicts, ['B: A has 0x48 on bus 2']);
    assert.deepEqual([imported, draft.devices.length], [1, 1]);
  });

  it('keeps names apart and within the board’s letters', () => {
    const { board: draft } = take(
      board([sensor('P1.05V / VR', { Bus: 2 }), sensor('P1.05V  VR', { Bus: 3 }), sensor('x'.repeat(60), { Bus: 4 })]),
    );
    assert.deepEqual(
      draft.devices.map(({ id }) => id),
      ['P1.05V_VR', 'P1.05V_VR-2', 'x'.repeat(48)],
    );
  });

  it('asks for the limit of a temperature without one, and for the part of an EEPROM', () => {
    const { toFillIn, board: draft } = take(
      board([sensor('A', { Bus: 2 }), { Type: 'EEPROM', Name: 'FRU', Bus: 2, Address: '0x50' }]),
    );
    const paths = new Set(toFillIn.map(({ path }) => path));
    assert.ok(paths.has('$.devices[0].channels[0].limits.criticalHigh'));
    assert.ok(paths.has('$.devices[1].chip'));
    assert.equal(draft.devices[1]?.chip, '24c02');
  });

  it('takes fans of the processor by their connectors, and says where there is none', () => {
    const connector = { Type: 'IntelFanConnector', Name: 'Conn 1', Pwm: 0, Tachs: [0, 1] };
    const soc = (Name: string, Index: number, more = {}) => ({ Type: 'AspeedFan', Name, Index, ...more });
    const { board: draft, lost } = take(board([connector, soc('F0', 0, { BindConnector: 'Conn 1' }), soc('F4', 4)]));
    assert.deepEqual(draft.airMovers, [
      { id: 'Pwm_1', pwm: { device: 'fans', channel: 1 }, tachometers: [{ device: 'fans', channel: 1 }] },
    ]);
    assert.deepEqual(lost, { 'AspeedFan without a PWM output: a tachometer only': 1 });
  });

  it('lists loops that a zone cannot have', () => {
    const zone = { Type: 'Pid.Zone', Name: 'Zone 1', MinThermalOutput: 3000, FailSafePercent: 100 };
    const gains = { SetPoint: 80, PCoefficient: -2, ICoefficient: 0 };
    const { lost } = take(
      board([
        zone,
        sensor('A', { Bus: 2, Thresholds: [critical('greater than', 90)] }),
        { Type: 'Pid', Name: 'One', ...loop, Inputs: ['A'], ...gains },
        { Type: 'Pid', Name: 'Two', ...loop, Inputs: ['A', 'Virtual'], ...gains },
        { Type: 'Stepwise', Name: 'Rpm', ...loop, Inputs: ['A'], Reading: [20], Output: [4000] },
        {
          Type: 'Stepwise',
          Name: 'Cap',
          Class: 'Ceiling',
          Zones: ['Zone 1'],
          Inputs: ['A'],
          Reading: [20],
          Output: [40],
        },
        {
          Type: 'Stepwise',
          Name: 'Lone',
          Class: 'temp',
          Zones: ['Zone 9'],
          Inputs: ['A'],
          Reading: [20],
          Output: [40],
        },
      ]),
    );
    assert.deepEqual(Object.keys(lost), [
      'Pid Two: 1 of 2 inputs are no temperature of a device that was taken',
      'Pid Two: gains and set point (a zone has one loop)',
      'Pid.Zone Zone 1: MinThermalOutput 3000 is no percentage',
      'Stepwise Cap: class Ceiling',
      'Stepwise Lone: its zone Zone 9 is not among the files',
      'Stepwise Rpm: its outputs are no percentages',
    ]);
  });
});
