// What the guardian sees in one tick: slots, sensors, tachometers. Lines and buses are asked together, and what has not
// answered by the deadline is reported as missing.
import type { Board } from '../board/schema.ts';
import { CHIP_OK, type ChannelReader, type Chip } from '../chips/chip.ts';
import type { Clock } from '../core/clock.ts';
import { none, type Reading } from '../core/reading.ts';
import { within } from '../sensing/deadline.ts';
import type { Recover } from '../sensing/bus-recovery.ts';
import type { LogEntry } from '../sensing/event-log.ts';
import { PolledDevice, type Expected } from '../sensing/polled-device.ts';
import { NEW_WATCH, stepSensor, type SensorStep, type SensorWatch } from '../sensing/sensor-watch.ts';
import { sensorsOf, type Sensor } from '../sensing/sensor.ts';
import { Sweep, type SweepReport } from '../sensing/sweep.ts';
import { ConditionWatch } from './condition-watch.ts';
import type { Hardware } from './hardware.ts';
import type { Line } from './line.ts';
import { SlotAlert } from './slot-alert.ts';
import { SlotWatch } from './slot-watch.ts';

export interface Look {
  readonly atMs: number;
  readonly sweepMs: number;
  readonly sensors: ReadonlyMap<string, SensorStep>;
  /** By fan, one for each rotor. */
  readonly tachometers: ReadonlyMap<string, readonly Reading[]>;
  readonly absentFans: ReadonlySet<string>;
  /** Slots whose sled says that it is too hot. */
  readonly alertedSlots: ReadonlySet<number>;
  /** Sensors on a bus that is dead. */
  readonly cutOffSensors: ReadonlySet<string>;
}

export class Senses {
  readonly slots: readonly SlotWatch[];
  readonly #alerts: readonly SlotAlert[];
  readonly #board: Board;
  readonly #hardware: Hardware;
  readonly #clock: Clock;
  readonly #report: (entry: LogEntry) => void;
  readonly #sweep: Sweep;
  readonly #sensors: readonly Sensor[];
  readonly #watches = new Map<string, SensorWatch>();
  readonly #bySlot: ReadonlyMap<number, SlotWatch>;
  readonly #fanPresence: ReadonlyMap<string, Line>;
  readonly #conditions: ConditionWatch;

  /** `recover`: how a bus is freed that something holds, by bus id. */
  constructor(
    board: Board,
    hardware: Hardware,
    clock: Clock,
    report: (entry: LogEntry) => void,
    recover: (busId: string) => Recover | null = () => null,
  ) {
    this.#board = board;
    this.#hardware = hardware;
    this.#clock = clock;
    this.#report = report;
    const devices = polledDevices(board, hardware);
    this.#sweep = new Sweep(devices, recover);
    this.#conditions = new ConditionWatch(hardware.conditionChips(), clock.nowMs(), report);
    this.#sensors = sensorsOf(board);
    this.slots = board.slots.map((slot) => openSlot(slot, hardware, report));
    this.#alerts = board.slots.flatMap(({ number, alert }) =>
      alert === undefined ? [] : [new SlotAlert(number, alert, hardware.line(alert), report)],
    );
    this.#bySlot = new Map(this.slots.map((slot) => [slot.number, slot]));
    this.#fanPresence = new Map(
      board.airMovers.flatMap(({ id, presence }) => (presence === undefined ? [] : [[id, hardware.line(presence)]])),
    );
  }

  /** Calls back when a sled's alert line becomes active, where lines push their edges; until the returned function is called. */
  onAlert(listener: () => void): () => void {
    const ends = this.#alerts.map((alert) => alert.watch(listener));
    return () => {
      for (const end of ends) end();
    };
  }

  /** `elsewhere`: readings of sensors that are not on our buses (sleds' BMCs), by name. */
  async look(deadlineMs: number, elsewhere: Readonly<Record<string, Reading>>): Promise<Look> {
    const startMs = this.#clock.nowMs();
    const lines = this.#hardware.readLines(startMs, (slot) => this.#bySlot.get(slot)?.present ?? true);
    const probes = this.slots.map((slot) => slot.ask(startMs));
    const buses = this.#sweep.ask(startMs, (device) => this.#expected(device));
    for (const device of this.#hardware.modbus) device.poll(this.#expected(device)); // nobody waits for Modbus
    await within(this.#clock, deadlineMs, Promise.all([lines, buses, ...probes]));
    const nowMs = this.#clock.nowMs();
    for (const slot of this.slots) slot.update(nowMs);
    for (const alert of this.#alerts) alert.update(nowMs, this.#bySlot.get(alert.slot)?.expected() ?? 'absent');
    const swept = this.#withModbus(this.#sweep.report(nowMs, (device) => this.#expected(device)));
    for (const event of [...this.#hardware.takeEvents(), ...swept.events]) this.#report(event);
    return {
      atMs: nowMs,
      sweepMs: nowMs - startMs,
      sensors: this.#stepSensors(swept, elsewhere, nowMs),
      tachometers: this.#tachometers(swept, nowMs),
      absentFans: this.#absentFans(nowMs),
      alertedSlots: new Set(this.#alerts.filter(({ active }) => active).map(({ slot }) => slot)),
      cutOffSensors: new Set(this.#sensors.filter(({ device }) => swept.cutOff.has(device)).map(({ name }) => name)),
    };
  }

  /** Asks chips what is wrong with what they watch, and returns at once. */
  askConditions(): void {
    this.#conditions.ask(this.#clock.nowMs(), (chip) => this.#expected(chip));
  }

  #withModbus(swept: SweepReport): SweepReport {
    const devices = this.#hardware.modbus;
    if (devices.length === 0) return swept;
    const readings = new Map(swept.readings);
    for (const device of devices) readings.set(device.id, device.readings(this.#expected(device)));
    return { ...swept, readings, events: [...swept.events, ...devices.flatMap((device) => device.takeEvents())] };
  }

  #expected(device: { readonly slot: number | null }): Expected {
    return device.slot === null ? 'present' : (this.#bySlot.get(device.slot)?.expected() ?? 'present');
  }

  #stepSensors(
    swept: SweepReport,
    elsewhere: Readonly<Record<string, Reading>>,
    nowMs: number,
  ): ReadonlyMap<string, SensorStep> {
    const steps = new Map<string, SensorStep>();
    for (const sensor of this.#sensors) {
      const raw = swept.readings.get(sensor.device)?.get(sensor.channel) ?? this.#notSwept(sensor, elsewhere, nowMs);
      const step = stepSensor(sensor, this.#watches.get(sensor.name) ?? NEW_WATCH, raw);
      this.#watches.set(sensor.name, step.watch);
      for (const event of step.events) this.#report(event);
      steps.set(sensor.name, step);
    }
    return steps;
  }

  /** A sensor somebody else reads for us, and only while its sled is there. */
  #notSwept(sensor: Sensor, elsewhere: Readonly<Record<string, Reading>>, nowMs: number): Reading {
    const expected = sensor.slot === null ? 'present' : this.#bySlot.get(sensor.slot)?.expected();
    if (expected === 'absent' || expected === 'off') return none(expected, nowMs);
    return elsewhere[sensor.name] ?? none('timeout', nowMs, 'nobody has sent a reading');
  }

  #tachometers(swept: SweepReport, nowMs: number): ReadonlyMap<string, readonly Reading[]> {
    const missing = none('fault', nowMs, 'its chip has no such tachometer');
    return new Map(
      this.#board.airMovers.map(({ id, tachometers }) => [
        id,
        tachometers.map(({ device, channel }) => swept.readings.get(device)?.get(`fan${channel}`) ?? missing),
      ]),
    );
  }

  #absentFans(nowMs: number): ReadonlySet<string> {
    const absent = [...this.#fanPresence].filter(([, line]) => line.level(nowMs) === 'inactive');
    return new Set(absent.map(([id]) => id));
  }
}

/** Chips with something to read. Fan chips are configured by who commands them. */
function polledDevices(board: Board, hardware: Hardware): PolledDevice[] {
  const tachometered = new Set(board.airMovers.flatMap((mover) => mover.tachometers.map(({ device }) => device)));
  const onTheirOwn = new Set(hardware.modbus.map(({ id }) => id));
  return board.devices.flatMap((device) => {
    const chip = onTheirOwn.has(device.id) ? null : hardware.chipOf(device.id);
    const reader = chip === null ? null : readerOf(chip);
    const wanted = device.channels.length > 0 || tachometered.has(device.id);
    return reader === null || !wanted ? [] : [new PolledDevice(device.id, device.slot ?? null, reader)];
  });
}

function readerOf(chip: Chip): ChannelReader | null {
  if (chip.kind === 'sensor') return chip;
  if (chip.kind !== 'fan') return null;
  return { ...chip, configure: () => chip.identify?.() ?? Promise.resolve(CHIP_OK) };
}

function openSlot(slot: Board['slots'][number], hardware: Hardware, report: (entry: LogEntry) => void): SlotWatch {
  const chip = slot.fru === undefined ? null : hardware.chipOf(slot.fru);
  const eeprom = chip?.kind === 'eeprom' ? chip : null;
  const lineOf = (place: typeof slot.presence) => (place === undefined ? null : hardware.line(place));
  const parts = {
    slot,
    presence: lineOf(slot.presence),
    powerEnable: lineOf(slot.power?.enable),
    powerGood: lineOf(slot.power?.good),
    identify: lineOf(slot.identify),
    eeprom,
    probe: hardware.probe(slot.number),
  };
  return new SlotWatch(parts, report);
}
