// A chassis in process: two slots with a temperature sensor and an EEPROM each on a bus of their own, a fan bus with a
// MAX31790 that drives three fans, GPIO lines for presence, power, identify and alert. Buses and devices can be made to fail.
import { boardSchema, type Board } from '../../src/board/schema.ts';
import type { KernelChip } from '../../src/buses/kernel-chip.ts';
import type { GpioLine, I2cAnswer, I2cBus } from '../../src/core/ports.ts';
import { good, type Reading } from '../../src/core/reading.ts';
import { encodeFru } from '../../src/protocols/ipmi/fru.ts';
import { EMPTY_FIELD, textField } from '../../src/protocols/ipmi/fru-field.ts';
import type { BusSource } from '../../src/guardian/hardware.ts';

export const FULL_RPM = 6000;
const LM75 = 0x48;
const EEPROM = 0x50;
const FANS = 0x20;

function slot(number: number) {
  return {
    number,
    row: 0,
    column: number,
    presence: { bus: 'gpio', line: number, activeLow: true },
    alert: { bus: 'gpio', line: 30 + number, activeLow: true },
    power: { enable: { bus: 'gpio', line: 10 + number } },
    identify: { bus: 'gpio', line: 20 + number },
    sensors: { temperature: `slot${number}-cpu` },
    fru: `slot${number}-fru`,
    limitC: 90,
    model: { idlePowerW: 20, share: {}, rKPerW: 0.1, kFlow: 0.01 },
  };
}

function devices(number: number) {
  const limits = { warningHigh: 80, criticalHigh: 90, powerDownHigh: 100 };
  const channels = [{ channel: 'temp1', sensor: `slot${number}-cpu`, limits, mustHave: true }];
  return [
    { id: `slot${number}-lm75`, chip: 'lm75', bus: `sled${number}`, address: '0x48', slot: number, channels },
    { id: `slot${number}-fru`, chip: '24c02', bus: `sled${number}`, address: '0x50', slot: number },
  ];
}

export function fakeBoard(overrides: Readonly<Record<string, unknown>> = {}): Board {
  const fan = (n: number) => ({
    id: `fan${n}`,
    pwm: { device: 'fans', channel: n + 1 },
    tachometers: [{ device: 'fans', channel: n + 1, fullRpm: FULL_RPM }],
    maxFlowM3s: 0.02,
    idlePowerW: 1,
    maxPowerW: 15,
  });
  return boardSchema.parse({
    format: 'coldslot-board/1',
    id: 'fake',
    name: 'Two slots in process',
    buses: [
      { id: 'sled1', kind: 'i2c', number: 1 },
      { id: 'sled2', kind: 'i2c', number: 2 },
      { id: 'fanbus', kind: 'i2c', number: 3 },
      { id: 'gpio', kind: 'gpio', chip: 'linux' },
    ],
    devices: [...devices(1), ...devices(2), { id: 'fans', chip: 'max31790', bus: 'fanbus', address: '0x20' }],
    airMovers: [fan(0), fan(1), fan(2)],
    zones: [
      { id: 'main', airMovers: ['fan0', 'fan1', 'fan2'], sensors: ['slot1-cpu', 'slot2-cpu'], failsafeRatio: 0.9 },
    ],
    slots: [slot(1), slot(2)],
    watchdogs: [{ kind: 'max31790', device: 'fans', timeoutS: 10 }],
    intervalMs: 1000,
    ...overrides,
  });
}

type BusMode = 'well' | 'hung' | 'dead' | 'owned';

class FakeBus implements I2cBus {
  readonly id: string;
  mode: BusMode = 'well';
  /** Transfers asked for, for tests that count traffic. */
  transfers = 0;
  readonly #answer: (address: number, write: Uint8Array, readLength: number) => Uint8Array | null;

  constructor(id: string, answer: (address: number, write: Uint8Array, readLength: number) => Uint8Array | null) {
    this.id = id;
    this.#answer = answer;
  }

  transfer(address: number, write: Uint8Array, readLength: number): Promise<I2cAnswer> {
    this.transfers++;
    if (this.mode === 'hung') return new Promise(() => {});
    if (this.mode === 'dead') return Promise.resolve({ kind: 'error', error: 'io', detail: 'the bus server is gone' });
    if (this.mode === 'owned') return Promise.resolve({ kind: 'error', error: 'busy', detail: 'EBUSY' });
    const data = this.#answer(address, write, readLength);
    if (data === null) return Promise.resolve({ kind: 'error', error: 'nack', detail: 'no acknowledge' });
    return Promise.resolve({ kind: 'ok', data });
  }
}

class FakeLine implements GpioLine {
  readonly id: string;
  level: 0 | 1;
  readonly written: (0 | 1)[] = [];
  onWrite: (level: 0 | 1) => void = () => {};
  readonly #listeners = new Set<(level: 0 | 1) => void>();

  constructor(id: string, level: 0 | 1) {
    this.id = id;
    this.level = level;
  }

  read(): Promise<Reading> {
    return Promise.resolve(good(this.level, 0));
  }

  write(level: 0 | 1): Promise<'ok'> {
    this.level = level;
    this.written.push(level);
    this.onWrite(level);
    return Promise.resolve('ok');
  }

  watch(listener: (level: 0 | 1) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Changes its level and tells who watches, which setting `level` does not. */
  edge(level: 0 | 1): void {
    this.level = level;
    for (const listener of this.#listeners) listener(level);
  }
}

export class FakeChassis implements BusSource {
  readonly buses: Readonly<Record<'sled1' | 'sled2' | 'fanbus', FakeBus>>;
  /** By slot. */
  readonly temperatureC: Record<number, number> = { 1: 45, 2: 45 };
  readonly health: Record<number, number> = { 0: 1, 1: 1, 2: 1 };
  readonly #fanRegisters = new Uint8Array(256);
  readonly #lines = new Map<number, FakeLine>();
  /** Every duty written, in the order of the wire. */
  readonly duties: { readonly fan: number; readonly ratio: number }[] = [];
  /** Writes and reads of any kind before the first duty. */
  transfersBeforeFirstDuty: number | null = null;

  constructor() {
    this.buses = {
      sled1: new FakeBus('sled1', (address, write, length) => this.#sled(1, address, write, length)),
      sled2: new FakeBus('sled2', (address, write, length) => this.#sled(2, address, write, length)),
      fanbus: new FakeBus('fanbus', (address, write, length) => this.#fans(address, write, length)),
    };
    this.#fanRegisters[0] = 0x20; // global configuration after power-up: SMBus time-out on, watchdog off
    for (let fan = 0; fan < 6; fan++) this.#fanRegisters[0x08 + fan] = 0x4c; // fan dynamics: speed range 4
  }

  /** Buses of a test's own, by name. */
  readonly more = new Map<string, I2cBus>();

  bus(id: string): I2cBus {
    const bus = this.more.get(id) ?? Object.values(this.buses).find((candidate) => candidate.id === id);
    if (bus === undefined) throw new Error(`no bus ${id}`);
    return bus;
  }

  line(_busId: string, line: number): FakeLine {
    let found = this.#lines.get(line);
    // presence lines 1 and 2 are active low: 0 = there; power lines 11 and 12: 1 = on; alert lines 31 and 32: 1 = quiet
    if (found === undefined) {
      const high = (line > 10 && line < 20) || line > 30;
      this.#lines.set(line, (found = new FakeLine(`gpio:${line}`, high ? 1 : 0)));
    }
    return found;
  }

  hwmon(deviceId: string): never {
    throw new Error(`no hwmon device ${deviceId}`);
  }

  /** By device; without one the chip answers on its bus. */
  readonly kernelChips = new Map<string, KernelChip>();
  /** Kernel drivers, by `bus:address`. */
  readonly drivers = new Map<string, string>();

  kernelChip(deviceId: string): KernelChip | null {
    return this.kernelChips.get(deviceId) ?? null;
  }

  driverAt(busId: string, address: number): string | null {
    return this.drivers.get(`${busId}:${address}`) ?? null;
  }

  pull(slotNumber: number): void {
    this.line('gpio', slotNumber).level = 1;
  }

  push(slotNumber: number): void {
    this.line('gpio', slotNumber).level = 0;
  }

  /** Duty of a fan as the chip has it, 0..1. */
  duty(fan: number): number {
    return word(this.#fanRegisters, 0x40 + 2 * fan) / 128 / 511;
  }

  /** Watchdog bits of the global configuration register: 0 off, 1 = 5 s, 2 = 10 s, 3 = 30 s. */
  watchdogBits(): number {
    return ((this.#fanRegisters[0] ?? 0) >> 1) & 3;
  }

  #there(slotNumber: number): boolean {
    return this.line('gpio', slotNumber).level === 0;
  }

  #sled(slotNumber: number, address: number, write: Uint8Array, length: number): Uint8Array | null {
    if (!this.#there(slotNumber)) return null;
    if (address === EEPROM) return fruOf(slotNumber).subarray(write[0] ?? 0, (write[0] ?? 0) + length);
    if (address !== LM75) return null;
    // LM75: 9 bits, 0.5 °C, left-aligned
    const raw = (Math.round((this.temperatureC[slotNumber] ?? 0) * 2) << 7) & 0xffff;
    return write[0] === 0 ? Uint8Array.of(raw >> 8, raw & 0xff).subarray(0, length) : new Uint8Array(length);
  }

  #fans(address: number, write: Uint8Array, length: number): Uint8Array | null {
    if (address !== FANS) return null;
    const start = write[0] ?? 0;
    this.#fanRegisters.set(write.subarray(1), start);
    if (write.length === 3 && start >= 0x40 && start < 0x4c) {
      const fan = (start - 0x40) / 2;
      this.transfersBeforeFirstDuty ??= Object.values(this.buses).reduce((sum, bus) => sum + bus.transfers, 0) - 1;
      this.duties.push({ fan, ratio: this.duty(fan) });
    }
    for (let fan = 0; fan < 6; fan++) this.#turn(fan);
    return this.#fanRegisters.slice(start, start + length);
  }

  /** Tachometer count: 60 · 8192 · SR / (pulses · rpm), left-aligned 11 bits (MAX31790, "Tach Count"). */
  #turn(fan: number): void {
    const rpm = FULL_RPM * this.duty(fan) * (this.health[fan] ?? 1);
    const count = rpm < 1 ? 0x7ff : Math.min(0x7ff, Math.round((60 * 8192 * 4) / (2 * rpm)));
    this.#fanRegisters.set([(count << 5) >> 8, (count << 5) & 0xff], 0x18 + 2 * fan);
  }
}

function word(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
}

function fruOf(slotNumber: number): Uint8Array {
  const bytes = new Uint8Array(256).fill(0xff);
  bytes.set(
    encodeFru({
      chassis: null,
      board: null,
      product: {
        language: 25,
        manufacturer: textField('Example Works'),
        name: textField('Sled 200'),
        partNumber: EMPTY_FIELD,
        version: EMPTY_FIELD,
        serialNumber: textField(`sled${slotNumber}`),
        assetTag: EMPTY_FIELD,
        fileId: EMPTY_FIELD,
        custom: [],
      },
    }),
  );
  return bytes;
}
