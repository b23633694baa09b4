// PMBus devices as sensors: a device says once what it has (`identify`, by probing or by table), then each channel is
// a command on a page with a number format. PMBus Specification Part II, sections "READ_VIN" to "READ_PIN".
import type { I2cBus } from '../core/ports.ts';
import type { Reading } from '../core/reading.ts';
import { good } from '../core/reading.ts';
import type { ChannelInfo, ChipFailure, ConditionsAnswer, SensorChip } from './chip.ts';
import { CHIP_OK } from './chip.ts';
import { readingOf } from './chip-registers.ts';
import type { PmbusCoefficients, VoutMode } from './pmbus-format.ts';
import { directValue, halfValue, linear11Value, linear16Value } from './pmbus-format.ts';
import type { PmbusTransport } from './pmbus-registers.ts';
import { PmbusRegisters } from './pmbus-registers.ts';
import { detailConditions, PMBUS_STATUS, POWER_NOT_GOOD, STATUS_DETAILS, wordConditions } from './pmbus-status.ts';

export const PMBUS_READ = {
  vin: 0x88,
  iin: 0x89,
  vout: 0x8b,
  iout: 0x8c,
  temperature1: 0x8d,
  fanSpeed1: 0x90,
  pout: 0x96,
  pin: 0x97,
};

/**
 * `linear11`, or what VOUT_MODE says, or DIRECT with coefficients in V, A, W, °C, or a format of the maker's own:
 * `valueOf` gives null for a word that cannot be.
 */
export type PmbusNumber =
  | { readonly kind: 'linear11' }
  | { readonly kind: 'vout'; readonly mode: VoutMode }
  | { readonly kind: 'direct'; readonly coefficients: PmbusCoefficients }
  | { readonly kind: 'own'; readonly valueOf: (raw: number) => number | null };

export interface PmbusQuantity {
  readonly command: number;
  readonly number: PmbusNumber;
  /** Bits that the data sheet says always read 0. */
  readonly zeroBits?: number;
}

export interface PmbusSensor extends ChannelInfo, PmbusQuantity {
  readonly page: number;
  /** The channel is its own quantity times this one: watts out of amperes and volts. */
  readonly times?: PmbusQuantity;
  /** Holds nothing while STATUS_WORD of the page says that its power is not good. */
  readonly needsPowerGood?: true;
}

/** What a device turned out to have. `pages` 1: PAGE is never sent. */
export interface PmbusIdentity {
  readonly kind: 'ok';
  readonly pages: number;
  readonly sensors: readonly PmbusSensor[];
  /** Bits of STATUS_WORD that the device has the wrong way round. */
  readonly invertedStatus?: number;
}

export interface PmbusOptions extends PmbusTransport {
  readonly shuntMicroOhm?: number;
}

export interface PmbusKind {
  /** All a device of this kind may have. */
  readonly channels: readonly ChannelInfo[];
  /** Its numbers depend on `shuntMicroOhm`. */
  readonly usesShunt?: true;
  /** Also brings the device into the state that the numbers assume. */
  readonly identify: (device: PmbusRegisters, options: PmbusOptions) => Promise<PmbusIdentity | ChipFailure>;
}

/** `channels` are those of the kind until `configure` has found out which of them the device has. */
export function openPmbus(
  name: string,
  kind: PmbusKind,
  bus: I2cBus,
  address: number,
  options: PmbusOptions = {},
): SensorChip {
  const device = new PmbusRegisters(name, bus, address, options);
  let identity: PmbusIdentity | null = null;

  const known = async (): Promise<PmbusIdentity | ChipFailure> => {
    if (identity !== null) return identity;
    const answer = await kind.identify(device, options);
    if (answer.kind === 'ok') identity = answer;
    return answer;
  };
  const readSensor = async (sensor: PmbusSensor, { pages }: PmbusIdentity, nowMs: number): Promise<Reading> => {
    const readOne = async (quantity: PmbusQuantity): Promise<Reading> => {
      const read = () => device.readWord(quantity.command);
      const answer = await (pages === 1 ? read() : device.onPage(sensor.page, read));
      return answer.kind === 'failed'
        ? readingOf(answer, nowMs)
        : quantityReading(device, quantity, answer.value, nowMs);
    };
    const off = sensor.needsPowerGood === true ? await powerNotGood(device, sensor, pages, nowMs) : null;
    const reading = off ?? (await readOne(sensor));
    if (sensor.times === undefined || reading.kind === 'none') return reading;
    const factor = await readOne(sensor.times);
    return factor.kind === 'none' ? factor : good(reading.value * factor.value, nowMs);
  };

  return {
    kind: 'sensor',
    name,
    busId: bus.id,
    address,
    get channels(): readonly ChannelInfo[] {
      return identity?.sensors ?? kind.channels;
    },
    configure: async () => {
      identity = null;
      const answer = await known();
      return answer.kind === 'failed' ? answer : CHIP_OK;
    },
    read: async (channel, nowMs) => {
      const answer = await known();
      if (answer.kind === 'failed') return readingOf(answer, nowMs);
      const sensor = answer.sensors.find((candidate) => candidate.channel === channel);
      if (sensor === undefined) return readingOf(device.chip.refusal(`no channel ${channel}`), nowMs);
      return readSensor(sensor, answer, nowMs);
    },
    readAll: async (nowMs) => {
      const answer = await known();
      if (answer.kind === 'failed') {
        return new Map(kind.channels.map(({ channel }) => [channel, readingOf(answer, nowMs)]));
      }
      const entries = answer.sensors.map(
        async (sensor) => [sensor.channel, await readSensor(sensor, answer, nowMs)] as const,
      );
      return new Map(await Promise.all(entries));
    },
    readConditions: async () => {
      const answer = await known();
      return answer.kind === 'failed' ? answer : readConditions(device, answer);
    },
  };
}

function quantityReading(device: PmbusRegisters, quantity: PmbusQuantity, raw: number, nowMs: number): Reading {
  const implausible = (what: string) =>
    readingOf(device.chip.failure('implausible', quantity.command, `0x${raw.toString(16)} ${what}`), nowMs);
  if ((raw & (quantity.zeroBits ?? 0)) !== 0) return implausible('has a bit that always reads 0');
  const { number } = quantity;
  if (number.kind === 'direct') return good(directValue(raw, number.coefficients), nowMs);
  if (number.kind === 'own') {
    const value = raw === 0xffff ? null : number.valueOf(raw);
    return value === null ? implausible('is no value') : good(value, nowMs);
  }
  // All ones is what a bus without an answer reads as, and no value that a device would write so.
  if (raw === 0xffff) return implausible('is no value');
  if (number.kind === 'linear11') return good(linear11Value(raw), nowMs);
  if (number.mode.kind === 'linear') return good(linear16Value(raw, number.mode.exponent), nowMs);
  const half = number.mode.kind === 'half' ? halfValue(raw) : null;
  return half === null ? implausible('is no number') : good(half, nowMs);
}

/** Why there is no reading, when the page's power is not good; null when it is. */
async function powerNotGood(
  device: PmbusRegisters,
  { page, command }: PmbusSensor,
  pages: number,
  nowMs: number,
): Promise<Reading | null> {
  const status = await device.onPage(pages === 1 ? null : page, () => device.readWord(PMBUS_STATUS.word));
  if (status.kind === 'failed') return readingOf(status, nowMs);
  if ((status.value & POWER_NOT_GOOD) === 0) return null;
  return readingOf(device.chip.failure('off', command, `the output of page ${page} is off`), nowMs);
}

/** STATUS_WORD of each page, and the registers that it refers to. */
async function readConditions(
  device: PmbusRegisters,
  { pages, invertedStatus = 0 }: PmbusIdentity,
): Promise<ConditionsAnswer> {
  const conditions: { page: number; name: string }[] = [];
  for (let page = 0; page < pages; page++) {
    const failure = await device.onPage(pages === 1 ? null : page, async (): Promise<ChipFailure | null> => {
      const word = await device.readWord(PMBUS_STATUS.word);
      if (word.kind === 'failed') return word;
      const status = word.value ^ invertedStatus;
      const names = new Set(wordConditions(status));
      for (const detail of STATUS_DETAILS.filter(({ summaryBit }) => (status & summaryBit) !== 0)) {
        const register = await device.readByte(detail.command);
        // A device need not have every register with details: the rest still tells.
        if (register.kind === 'failed' && register.reason === 'timeout') return register;
        if (register.kind === 'ok') for (const name of detailConditions(register.value, detail)) names.add(name);
      }
      conditions.push(...[...names].map((name) => ({ page, name })));
      return null;
    });
    if (failure !== null) return failure;
  }
  return { kind: 'ok', conditions };
}
