// MAX31785: a PMBus controller of six fans (pages 0 to 5), with eleven temperatures (pages 6 to 16: six remote diodes,
// its own, four digital sensors). Maxim MAX31785 data sheet, tables "PMBus Command Codes", "Coefficients for DIRECT Format",
// "FAN_CONFIG_1_2" and "MFR_FAN_CONFIG". Speeds are in rpm, duties in 0.01 %, temperatures in 0.01 °C.
import type { I2cBus } from '../core/ports.ts';
import type { Reading } from '../core/reading.ts';
import { good } from '../core/reading.ts';
import { clamp, signed } from '../core/units.ts';
import type { BytesAnswer, ChannelInfo, ChipFailure, ChipResult, FanChip, FanStatusAnswer } from './chip.ts';
import { CHIP_OK } from './chip.ts';
import { readingOf } from './chip-registers.ts';
import { littleWordAt, PmbusRegisters, type PageRead } from './pmbus-registers.ts';
import { PMBUS_STATUS } from './pmbus-status.ts';

const FANS = 6;
const TEMPERATURES = 11;
const FIRST_TEMPERATURE_PAGE = 6;

const COMMAND = {
  fanConfig: 0x3a,
  fanCommand: 0x3b,
  readTemperature: 0x8d,
  readFanSpeed: 0x90,
  mfrFanConfig: 0xf1,
  mfrReadFanPwm: 0xf3,
};

/** FAN_CONFIG_1_2. The pulses per revolution (bits 5:4, less 1) are the board's and stay. */
const FAN_ENABLE = 0x80;
const FAN_RPM_MODE = 0x40;

/** MFR_FAN_CONFIG: a second rotor's tachometer; and no ramp to full speed when nothing is heard for 10 s. */
const DUAL_TACHOMETER = 0x1000;
const NO_WATCHDOG = 0x0200;

const FULL_DUTY = 10_000;
/** FAN_COMMAND from here on: the chip's own table of temperatures rules. */
const AUTOMATIC = 0x8000;
/** The sensor is disabled, or has failed. */
const NO_TEMPERATURE = 0x7fff;
const FAN_FAULT = 0x80;
const WATCHDOG_S = 10;

/** fan7 to fan12 are the second rotors of fan1 to fan6. */
export const MAX31785_CHANNELS: readonly ChannelInfo[] = [
  ...Array.from({ length: 2 * FANS }, (_, index) => ({ channel: `fan${index + 1}`, unit: 'rpm' }) as const),
  ...Array.from({ length: TEMPERATURES }, (_, index) => ({ channel: `temp${index + 1}`, unit: 'C' }) as const),
];
export const MAX31785_PWMS = FANS;

export interface Max31785Options {
  /** Tachometers in use (from 1); those above 6 are second rotors, which the MAX31785A and B can count. */
  readonly tachometers?: readonly number[];
  readonly pec?: boolean;
}

export function openMax31785(name: string, bus: I2cBus, address: number, options: Max31785Options = {}): FanChip {
  const device = new PmbusRegisters(name, bus, address, options);
  const dual = new Set((options.tachometers ?? []).flatMap((fan) => (fan > FANS ? [fan - FANS - 1] : [])));
  const channels = MAX31785_CHANNELS.filter(({ unit }, index) => unit === 'C' || index < FANS || dual.size > 0);
  const hasPwm = (pwm: number) => Number.isInteger(pwm) && pwm >= 1 && pwm <= FANS;
  const noPwm = (pwm: number) => device.chip.refusal(`no PWM output ${pwm}, it has 1 to ${FANS}`);

  return {
    kind: 'fan',
    name,
    busId: bus.id,
    address,
    channels,
    pwmCount: FANS,
    configure: () => eachFan(device, (fan) => configureFan(device, dual.has(fan))),

    read: async (channel, nowMs) => {
      if (!channels.some((info) => info.channel === channel)) {
        return readingOf(device.chip.refusal(`no channel ${channel}`), nowMs);
      }
      const number = Number(channel.replace(/^\D+/, ''));
      const isTemperature = channel.startsWith('temp');
      const fan = (number - 1) % FANS;
      const wanted = isTemperature ? temperatureRead(number - 1) : fanRead(fan, dual.has(fan));
      const answer = await device.onPage(wanted.page, () => device.read(wanted.command, wanted.length));
      if (isTemperature) return temperatureReading(device, number - 1, answer, nowMs);
      const [first, second] = fanReadings(device, fan, dual.has(fan), answer, nowMs);
      return number > FANS ? (second ?? notCounted(device, number - 1 - FANS, nowMs)) : first;
    },

    readAll: async (nowMs) => {
      const answers = await device.readPages([
        ...Array.from({ length: FANS }, (_, fan) => fanRead(fan, dual.has(fan))),
        ...Array.from({ length: TEMPERATURES }, (_, index) => temperatureRead(index)),
      ]);
      const speeds = answers
        .slice(0, FANS)
        .map((answer, fan) => fanReadings(device, fan, dual.has(fan), answer, nowMs));
      const temperatures = answers.slice(FANS);
      const readings = [
        ...speeds.map(([first]) => first),
        ...(dual.size > 0 ? speeds.map(([, second], fan) => second ?? notCounted(device, fan, nowMs)) : []),
        ...temperatures.map((answer, index) => temperatureReading(device, index, answer, nowMs)),
      ];
      return new Map(readings.map((reading, index) => [channels[index]?.channel ?? '', reading]));
    },

    setDuty: async (pwm, ratio) => {
      if (!hasPwm(pwm)) return noPwm(pwm);
      if (Number.isNaN(ratio)) return device.chip.refusal(`a duty ratio of NaN for PWM output ${pwm}`);
      const duty = Math.round(clamp(ratio, 0, 1) * FULL_DUTY);
      return device.onPage(pwm - 1, () => device.writeWord(COMMAND.fanCommand, duty));
    },

    readDuty: async (pwm) => {
      if (!hasPwm(pwm)) return noPwm(pwm);
      const answer = await device.onPage(pwm - 1, () => device.readWord(COMMAND.mfrReadFanPwm));
      if (answer.kind === 'failed') return answer;
      if (answer.value <= FULL_DUTY) return { kind: 'ok', ratio: answer.value / FULL_DUTY };
      const what = `a duty of ${answer.value} in ${FULL_DUTY}`;
      return device.chip.failure('implausible', COMMAND.mfrReadFanPwm, what);
    },

    armWatchdog: async (timeoutS) => {
      if (timeoutS !== 0 && timeoutS !== WATCHDOG_S) {
        return device.chip.refusal(`a watchdog of ${timeoutS} s, it has one of ${WATCHDOG_S} s`);
      }
      return eachFan(device, () =>
        updateWord(device, COMMAND.mfrFanConfig, (value) =>
          timeoutS === 0 ? value | NO_WATCHDOG : value & ~NO_WATCHDOG,
        ),
      );
    },

    readStatus: () => readStatus(device),
  };
}

async function eachFan(device: PmbusRegisters, job: (fan: number) => Promise<ChipResult>): Promise<ChipResult> {
  for (let fan = 0; fan < FANS; fan++) {
    const result = await device.onPage(fan, () => job(fan));
    if (result.kind === 'failed') return result;
  }
  return CHIP_OK;
}

/** Enabled, under PWM control. A fan that the chip's own table has ruled so far goes to full speed first. */
async function configureFan(device: PmbusRegisters, dual: boolean): Promise<ChipResult> {
  const rotors = await updateWord(device, COMMAND.mfrFanConfig, (value) => (dual ? value | DUAL_TACHOMETER : value));
  if (rotors.kind === 'failed') return rotors;
  const command = await device.readWord(COMMAND.fanCommand);
  if (command.kind === 'failed') return command;
  const config = await device.readByte(COMMAND.fanConfig);
  if (config.kind === 'failed') return config;
  const wanted = (config.value | FAN_ENABLE) & ~FAN_RPM_MODE;
  if (command.value >= AUTOMATIC || (config.value & FAN_RPM_MODE) !== 0) {
    const full = await device.writeWord(COMMAND.fanCommand, FULL_DUTY);
    if (full.kind === 'failed') return full;
  }
  return config.value === wanted ? CHIP_OK : device.writeByte(COMMAND.fanConfig, wanted);
}

async function updateWord(device: PmbusRegisters, command: number, change: (value: number) => number) {
  const before = await device.readWord(command);
  if (before.kind === 'failed') return before;
  const after = change(before.value) & 0xffff;
  return after === before.value ? CHIP_OK : device.writeWord(command, after);
}

function notCounted(device: PmbusRegisters, fan: number, nowMs: number): Reading {
  return readingOf(device.chip.refusal(`the second rotor of fan ${fan + 1} is not counted`), nowMs);
}

function fanRead(fan: number, dual: boolean): PageRead {
  return { page: fan, command: COMMAND.readFanSpeed, length: dual ? 4 : 2 };
}

/** Both rotors of a fan; the second one, null otherwise, only counts with MFR_FAN_CONFIG's dual tachometer bit. */
function fanReadings(
  device: PmbusRegisters,
  fan: number,
  dual: boolean,
  answer: BytesAnswer,
  nowMs: number,
): readonly [Reading, Reading | null] {
  if (answer.kind === 'failed') return [readingOf(answer, nowMs), dual ? readingOf(answer, nowMs) : null];
  const speed = (offset: number) => {
    const rpm = littleWordAt(answer.data, offset);
    if (rpm < 0x8000) return good(rpm, nowMs);
    return readingOf(device.chip.failure('implausible', COMMAND.readFanSpeed, `fan ${fan + 1}: ${rpm} rpm`), nowMs);
  };
  return [speed(0), dual ? speed(2) : null];
}

function temperatureRead(index: number): PageRead {
  return { page: FIRST_TEMPERATURE_PAGE + index, command: COMMAND.readTemperature, length: 2 };
}

function temperatureReading(device: PmbusRegisters, index: number, answer: BytesAnswer, nowMs: number): Reading {
  if (answer.kind === 'failed') return readingOf(answer, nowMs);
  const value = littleWordAt(answer.data, 0);
  if (value !== NO_TEMPERATURE) return good(signed(value, 16) / 100, nowMs);
  const what = `page ${FIRST_TEMPERATURE_PAGE + index}: the sensor is disabled or has failed`;
  return readingOf(device.chip.failure('fault', COMMAND.readTemperature, what), nowMs);
}

async function readStatus(device: PmbusRegisters): Promise<FanStatusAnswer> {
  const faultyTachometers: number[] = [];
  let watched = true;
  for (let fan = 0; fan < FANS; fan++) {
    const failure = await device.onPage(fan, async (): Promise<ChipFailure | null> => {
      const status = await device.readByte(PMBUS_STATUS.fans12);
      if (status.kind === 'failed') return status;
      const config = await device.readWord(COMMAND.mfrFanConfig);
      if (config.kind === 'failed') return config;
      if ((status.value & FAN_FAULT) !== 0) faultyTachometers.push(fan + 1);
      if ((config.value & NO_WATCHDOG) !== 0) watched = false;
      return null;
    });
    if (failure !== null) return failure;
  }
  // The chip does not note that its watchdog ran out: the fans just go back when they are commanded again.
  const watchdogTimeoutS = watched ? WATCHDOG_S : 0;
  return { kind: 'ok', standby: false, watchdogExpired: false, watchdogTimeoutS, faultyTachometers };
}
