// A simulated device as its register map shows it: numbers scaled and cut into words, texts, bits, settings. What is not
// in the map is not there: Modbus exception 2.
import { ColdslotError } from '../../src/core/errors.ts';
import type { ModbusMap, ModbusRegister } from '../../src/protocols/modbus/register-map.ts';
import type { Probe } from '../chips/chip-model.ts';
import type { SensorKind } from '../plant/sensor-noise.ts';
import type { ProbeBench } from '../probes.ts';
import type { DeviceModel, DeviceSurroundings } from './device-model.ts';
import { modbusExceptions, type ModbusException, type RegisterFile } from './pdu.ts';
import { encodeNumber, encodeText, wordCount, type NumberRegister } from './register-words.ts';

export type DeviceMaker = (around: DeviceSurroundings) => DeviceModel;

const noisyUnits: Readonly<Record<string, SensorKind>> = {
  C: 'temperature',
  V: 'voltage',
  A: 'current',
  W: 'power',
  rpm: 'speed',
};

interface Cell {
  readonly words: () => readonly number[];
  readonly index: number;
}

export class MapDevice implements RegisterFile {
  readonly #map: ModbusMap;
  readonly #model: DeviceModel;
  readonly #settings = new Map<number, number>();
  readonly #cells = new Map<number, Cell>();
  #lastS: number;

  /** @throws ColdslotError `bad-input` when the map has another unit at a register than the model */
  constructor(
    map: ModbusMap,
    make: DeviceMaker,
    probes: ProbeBench,
    around: Omit<DeviceSurroundings, 'setting' | 'change'>,
  ) {
    this.#map = map;
    this.#lastS = around.truth().timeS;
    const surroundings: DeviceSurroundings = {
      ...around,
      setting: (address) => this.#settings.get(address) ?? 0,
      change: (address, value) => void this.#settings.set(address, value),
    };
    this.#model = make(surroundings);
    for (const register of map.registers) this.#lay(register, surroundings, probes);
    const commands = map.actuators.flatMap(({ at, prepare }) => [at, ...prepare.map((step) => step.at)]);
    for (const address of commands) this.#keep(address);
    for (const [address, value] of this.#model.settings) if (this.#cells.has(address)) this.#keep(address, value);
  }

  read(address: number, count: number): readonly number[] | null {
    const parts = new Map<Cell['words'], readonly number[]>(); // words of one number are of one moment
    const values: number[] = [];
    for (let at = address; at < address + count; at++) {
      const setting = this.#settings.get(at);
      const cell = this.#cells.get(at);
      if (setting === undefined && cell === undefined) return null;
      if (setting === undefined && cell !== undefined) {
        if (!parts.has(cell.words)) parts.set(cell.words, cell.words());
        values.push(parts.get(cell.words)?.[cell.index] ?? 0);
      } else values.push(setting ?? 0);
    }
    return values;
  }

  write(address: number, values: readonly number[]): ModbusException | null {
    if (values.some((_, i) => !this.#settings.has(address + i))) return modbusExceptions.illegalAddress;
    const refused = values.map((value, i) => this.#model.check?.(address + i, value) ?? null);
    const reason = refused.find((exception) => exception !== null);
    if (reason !== undefined) return reason;
    values.forEach((value, i) => {
      this.#settings.set(address + i, value);
      this.#model.wrote?.(address + i, value);
    });
    return null;
  }

  /** Speed at which it drives mover `pwm` (from 1), 0..1. */
  ratio(pwm: number): number {
    if (this.#model.ratio !== undefined) return this.#model.ratio(pwm);
    const actuator = this.#map.actuators.find((entry) => entry.pwm === pwm);
    if (actuator === undefined) return 0;
    return Math.min(1, (this.#settings.get(actuator.at) ?? 0) / actuator.fullScale);
  }

  get drives(): boolean {
    return this.#map.actuators.length > 0;
  }

  tick(plantS: number): void {
    this.#model.tick?.(plantS - this.#lastS);
    this.#lastS = plantS;
  }

  #keep(address: number, value = 0): void {
    this.#settings.set(address, value);
  }

  #lay(register: ModbusRegister, around: DeviceSurroundings, probes: ProbeBench): void {
    const words = this.#words(register, around, probes);
    for (let index = 0; index < wordCount(register); index++) this.#cells.set(register.at + index, { words, index });
  }

  #words(register: ModbusRegister, around: DeviceSurroundings, probes: ProbeBench): Cell['words'] {
    const { at } = register;
    if (register.type === 'flags') return () => [this.#model.flags.get(at)?.() ?? 0];
    if (register.type === 'string') {
      const text = this.#text(register.fru, around.device.id);
      return () => encodeText(text, register.length);
    }
    const probe = this.#probe(register, around, probes);
    const [absent = 0] = register.absent;
    return () =>
      probe === null ? encodeNumber(register, { raw: absent }) : encodeNumber(register, { value: probe() });
  }

  /** What a number shows: the model's quantity, a tachometer the board has there, the air; null = nothing is fitted. */
  #probe(register: NumberRegister, { device }: DeviceSurroundings, probes: ProbeBench): Probe | null {
    const { at, unit, channel } = register;
    const quantity = this.#model.numbers.get(at);
    if (quantity !== undefined) {
      if (quantity.unit !== unit) {
        const subject = `register ${at} of ${this.#map.id}`;
        throw new ColdslotError(
          'bad-input',
          subject,
          `has the unit '${unit}', the simulated device '${quantity.unit}'`,
        );
      }
      const kind = noisyUnits[unit];
      return kind === undefined ? quantity.read : probes.measured(device, channel, String(at), kind, quantity.read);
    }
    if (channel === undefined) return null;
    if (channel.startsWith('fan')) return probes.rotor(device, Number(channel.slice('fan'.length)));
    return channel.startsWith('temp') ? probes.temperature(device, channel, 'ambient') : null;
  }

  #text(fru: string | undefined, serial: string): string {
    const { model, partNumber } = this.#model.identity;
    const fields: Readonly<Record<string, string>> = {
      manufacturer: 'Coldslot Works',
      model,
      partNumber,
      serial,
      revision: 'A1',
      date: '2026-01',
    };
    return fru === undefined ? '1.0' : (fields[fru] ?? '');
  }
}
