import { describe, it } from 'node:test';
import assert from 'node:assert/strict';
import { ownMaps } from '../../src/board/modbus/map-folder.ts';
import { boardSchema } from '../../src/board/schema.ts';
import { modbusLine } from '../../src/buses/modbus.ts';
import { VirtualClock } from '../../src/core/virtual-clock.ts';
import type { EventRecord } from '../../src/core/view.ts';
import { Guardian } from '../../src/guardian/guardian.ts';
import { Hardware } from '../../src/guardian/hardware.ts';
import type { Frame } from '../../src/protocols/guardian-link.ts';
import { liquidBoard } from '../board/liquid-board.ts';
import { FakeLine } from '../buses/fake-wire.ts';

const UNIT = 0x0c;
const COOLANT = 36_866; // 0.1 °C
const PUMP1 = 41_987; // %

/** A guardian whose pumps, tachometers and only sensor are on one Modbus device. */
class LiquidRig {
  readonly clock = new VirtualClock(1000);
  readonly wire = new FakeLine(this.clock);
  readonly unit = this.wire.unit(UNIT);
  readonly guardian: Guardian;
  readonly frames: Frame[] = [];
  readonly events: EventRecord[] = [];

  constructor() {
    const { clock } = this;
    const board = boardSchema.parse(liquidBoard());
    const line = modbusLine('cdu', this.wire.open, { clock, baud: null });
    const noSuch = () => {
      throw new Error('the board has no such bus');
    };
    const map = ownMaps().find('orv3-rpu');
    assert.ok(map);
    const modbus = { maps: new Map([['orv3-rpu', map]]), nowMs: () => clock.nowMs() };
    this.guardian = new Guardian({
      board,
      hardware: new Hardware(
        board,
        { bus: noSuch, line: noSuch, hwmon: noSuch, kernelChip: () => null, driverAt: () => null, modbus: () => line },
        { modbus },
      ),
      clock,
      deadlineMs: 250,
      feeders: [],
      onFrame: (frame) => void this.frames.push(frame),
      onEvent: (record) => void this.events.push(record),
    });
    this.heat(40);
  }

  heat(coolantC: number): void {
    this.unit.registers.set(COOLANT, coolantC * 10);
  }

  /** Pumps turn as they are told. */
  async seconds(count: number): Promise<void> {
    for (let tenth = 0; tenth < count * 10; tenth++) {
      for (const pump of [0, 1]) {
        const percent = this.unit.registers.get(PUMP1 + pump) ?? 0;
        this.unit.registers.set(36_874 + pump, percent * 30);
      }
      await this.clock.advanceAsync(100);
    }
  }

  get mode(): string {
    return this.frames.at(-1)?.zones[0]?.mode ?? 'none';
  }

  get percent(): number {
    return this.unit.registers.get(PUMP1) ?? -1;
  }

  codes(): string[] {
    return this.events.map(({ code }) => code);
  }
}

async function started(): Promise<LiquidRig> {
  const rig = new LiquidRig();
  const accepted = rig.guardian.fullSpeed(500);
  await rig.seconds(1);
  assert.equal(await accepted, 2);
  assert.equal(rig.percent, 100);
  rig.guardian.start();
  await rig.seconds(60);
  return rig;
}

describe('cooling by pumps on Modbus', () => {
  it('slows them down when there is margin, and speeds them up when there is none', async () => {
    const rig = await started();
    assert.equal(rig.mode, 'control');
    assert.ok(rig.percent >= 20 && rig.percent < 40, `${rig.percent} %`);
    rig.heat(62);
    await rig.seconds(15);
    assert.equal(rig.percent, 100);
    assert.deepEqual(
      rig.codes().filter((code) => code.startsWith('modbus')),
      ['modbus-device-found'],
    );
  });

  it('goes to failsafe while the device is away, and controls again when it is back', async () => {
    const rig = await started();
    rig.unit.mode = 'silent';
    await rig.seconds(30);
    assert.equal(rig.mode, 'failsafe');
    assert.equal(rig.frames.at(-1)?.zones[0]?.ratio, 1);
    rig.unit.mode = 'well';
    await rig.seconds(90);
    assert.equal(rig.mode, 'control');
    assert.ok(rig.percent >= 20 && rig.percent < 40, `${rig.percent} %`);
    const told = rig.codes().filter((code) => code.startsWith('modbus') || code.startsWith('fan-'));
    assert.deepEqual(
      told.filter((code) => code.startsWith('modbus')),
      ['modbus-device-found', 'modbus-device-lost', 'modbus-device-back'],
    );
    assert.ok(told.includes('fan-unreachable') && told.includes('fan-reachable'));
  });

  it('is never waited for: ticks come on time and take no time while nothing answers', async () => {
    const rig = await started();
    rig.unit.mode = 'silent';
    rig.frames.length = 0;
    await rig.seconds(30);
    assert.equal(rig.frames.length, 60); // every 500 ms
    assert.ok(rig.frames.every(({ lateMs, sweepMs }) => lateMs === 0 && sweepMs < 1));
  });

  it('ends with the pumps at full speed', async () => {
    const rig = await started();
    const stopped = rig.guardian.stop();
    await rig.seconds(1);
    await stopped;
    assert.equal(rig.percent, 100);
  });
});
