// Minerva CMM against what its makers publish (openbmc/entity-manager; aspeed-bmc-facebook-minerva.dts in linux-next), and the
// wiring of its fan boards as the simulator lays it: which mux channel leads to which fans.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { loadBoardFile } from '../../hwsim/board-file.ts';
import { Chassis } from '../../hwsim/chassis.ts';
import { loadPlant } from '../../hwsim/plant/parameters.ts';
import { Plant } from '../../hwsim/plant/plant.ts';
import { loadBoard } from '../../src/board/load.ts';
import type { Board, BoardDevice, BoardLine, SensorLimits } from '../../src/board/schema.ts';
import { seededRandom } from '../../src/core/random.ts';
import { boardFile, knownChips } from './known-chips.ts';

interface Expose {
  readonly Type: string;
  readonly Name: string;
  readonly Address?: string;
  readonly Connector?: { readonly Pwm: number; readonly Tachs: readonly number[] };
  readonly Thresholds?: readonly { readonly Label?: string; readonly Direction: string; readonly Value: number }[];
}

const folder = join(process.env['COLDSLOT_SHARED'] ?? '../shared', 'data/boards');
const skip = existsSync(folder) ? false : `${folder} is not there (set COLDSLOT_SHARED)`;

/** Of fan boards 1 to 6. */
function fanBoards(): readonly { readonly Exposes: readonly Expose[] }[] {
  return skip === false
    ? (JSON.parse(readFileSync(join(folder, 'minerva_fanboard_adc_ti.json'), 'utf8')) as { Exposes: Expose[] }[])
    : [];
}

/** Device tree: fan control boards 1 to 6 hang on these channels of the PCA9548 at 2-0077, as buses 16 to 21. */
const CHANNEL_OF_FAN_BOARD = [1, 0, 3, 2, 4, 5];

const board = loadBoard(boardFile('minerva-cmm'), knownChips());

function deviceAt(shown: Board, linuxBus: number, address: string) {
  const channel = shown.muxes.flatMap((mux) => mux.channels).find(({ number }) => number === linuxBus);
  return shown.devices.find((device) => device.bus === channel?.id && device.address === address);
}

function limitsOf(device: BoardDevice | undefined, channel: string): SensorLimits | undefined {
  return device?.channels.find((entry) => entry.channel === channel)?.limits;
}

function simulated() {
  const file = loadBoardFile(boardFile('minerva-cmm'));
  const limits = new Map(file.slots.map((slot) => [slot.number, slot.limitC]));
  const plant = new Plant({ parameters: loadPlant('hwsim/plants/minerva-cmm.json'), limits });
  return new Chassis({ board: file, plant, random: seededRandom(1) });
}

describe('Minerva CMM', () => {
  it('has each published chip of a fan board we drive at its place, and the published limits', { skip }, () => {
    let count = 0;
    fanBoards().forEach(({ Exposes }, index) => {
      for (const entry of Exposes.filter(({ Address }) => Address !== undefined)) {
        const device = deviceAt(board, 16 + index, entry.Address ?? '');
        assert.equal(device?.chip, entry.Type === 'I2CFan' ? 'max31790' : entry.Type.toLowerCase(), entry.Name);
        count++;
        if (entry.Type === 'I2CFan') continue;
        for (const { Label, Direction, Value } of entry.Thresholds ?? []) {
          const limits = limitsOf(device, Label ?? 'temp1');
          const ours = Direction === 'greater than' ? limits?.criticalHigh : limits?.criticalLow;
          assert.equal(ours, Value, `${entry.Name} ${Label}`);
        }
      }
    });
    assert.equal(count, 84); // 8 rotors, 5 monitors and a thermometer on each of six boards
  });

  it('has 24 dual-rotor fans on the published tachometers and output, which count from 0 there', { skip }, () => {
    assert.equal(board.airMovers.length, 24);
    fanBoards().forEach(({ Exposes }, index) => {
      for (const { Name, Connector } of Exposes.filter(({ Type }) => Type === 'I2CFan')) {
        const nth = Number(/\+ (\d) TACH/.exec(Name)?.[1]);
        const mover = board.airMovers.find(({ id }) => id === `fan${4 * index + nth}`);
        const device = deviceAt(board, 16 + index, '0x5e')?.id;
        assert.deepEqual(mover?.pwm, { device, channel: (Connector?.Pwm ?? Number.NaN) + 1, shared: true }, Name);
        const rotor = mover.tachometers[Name.includes('TACH_IL') ? 0 : 1];
        assert.deepEqual([rotor?.device, rotor?.channel], [device, (Connector?.Tachs[0] ?? Number.NaN) + 1], Name);
      }
    });
  });

  it('measures each fan’s power where the fan board does', { skip }, () => {
    fanBoards().forEach(({ Exposes }, index) => {
      for (const { Name, Address = '' } of Exposes.filter(
        ({ Type, Name: name }) => Type === 'INA238' && /FAN_/.test(name),
      )) {
        const nth = Number(/\+ (\d)$/.exec(Name)?.[1]);
        const mover = board.airMovers.find(({ id }) => id === `fan${4 * index + nth}`);
        const channels = deviceAt(board, 16 + index, Address)?.channels ?? [];
        assert.equal(channels.find(({ channel }) => channel === 'power1')?.sensor, mover?.powerSensor, Name);
      }
    });
  });

  it('has the lines of the blades where the device tree names them', () => {
    // SGPIO lines come in pairs, input then output, eight pairs a bank. Blade 1 of 16: presence A0 = 0, hot-swap enable C6 =
    // 2·(2·8+6)+1 = 45, leak H0 = 2·(7·8) = 112, hot-swap power good J6 = 2·(9·8+6) = 156. Network blade 1 of 6: presence
    // C0 = 32, enable E6 = 77, leak J0 = 144, power good L6 = 188. All are active low.
    const numberOf = (line: BoardLine | undefined) =>
      line !== undefined && 'bus' in line && line.activeLow ? line.line : Number.NaN;
    for (const { number, presence, power, leak } of board.slots) {
      const [first, at] = number <= 16 ? [[0, 45, 112, 156], number - 1] : [[32, 77, 144, 188], number - 17];
      assert.deepEqual(
        [presence, power?.enable, leak, power?.good].map(numberOf),
        first.map((line) => line + 2 * at),
        `slot ${number}`,
      );
    }
    assert.equal(board.slots.length, 22);
    const chassis = board.leaks.map(({ line }) => numberOf(line));
    assert.deepEqual(chassis, [2 * (14 * 8 + 5), 2 * (14 * 8 + 6)]); // O5, O6
  });

  it('has mux channels as the device tree has them', () => {
    const mux = board.muxes.find(({ address }) => address === '0x77');
    assert.equal(
      board.buses.find((bus) => bus.id === mux?.bus && bus.kind === 'i2c' && bus.number === 2)?.id,
      mux?.bus,
    );
    assert.deepEqual(
      mux?.channels.map(({ channel, number }) => [number, channel]),
      CHANNEL_OF_FAN_BOARD.map((channel, index) => [16 + index, channel]),
    );
  });
});

describe('the wiring of Minerva’s fan boards', () => {
  CHANNEL_OF_FAN_BOARD.forEach((channel, index) => {
    const own = [1, 2, 3, 4].map((nth) => `fan${4 * index + nth}`);

    it(`has ${own[0]} to ${own[3]}, and no other, turn up when channel ${channel} is opened by hand and its fans are told to`, async () => {
      const chassis = simulated();
      const bus = chassis.bus('fans');
      chassis.advance(20);
      const before = rpmOf(chassis);
      const send = async (address: number, ...write: number[]) => {
        const answer = await bus.transfer(address, Uint8Array.from(write), 0);
        assert.equal(answer.kind, 'ok');
      };
      await send(0x77, 1 << channel); // control register of the PCA9548: a bit a channel
      await send(0x5e, 0x44, 0xff, 0x80); // target duty of PWM output 3: 511 of 511
      chassis.advance(20);
      const faster = [...rpmOf(chassis)].filter(([id, rpm]) => rpm > 2 * (before.get(id) ?? 0)).map(([id]) => id);
      assert.deepEqual(faster, own);
    });
  });
});

function rpmOf(chassis: Chassis): Map<string, number> {
  return new Map([...chassis.truth().fans].map(([id, fan]) => [id, fan.rpm[0] ?? 0]));
}
