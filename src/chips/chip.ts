// What a chip driver offers, whatever the chip: channels to read, fans to set, pins, EEPROM bytes. No policy.
// Base units: °C, V, A, W, rpm, duty as a ratio 0..1. A chip that does not answer is a value, never an exception.
import type { I2cBus } from '../core/ports.ts';
import type { NoReason, Reading } from '../core/reading.ts';

export type ChipUnit = 'C' | 'V' | 'A' | 'W' | 'rpm';

/** One measured quantity, by its Linux hwmon name: temp1, in1, curr1, power1, fan1. */
export interface ChannelInfo {
  readonly channel: string;
  readonly unit: ChipUnit;
  /** What Linux's driver calls it, where it says: vin, vout2. */
  readonly label?: string;
}

/** Why a chip did not do it. `detail` names chip, address, bus, register and what was answered. */
export interface ChipFailure {
  readonly kind: 'failed';
  readonly reason: NoReason;
  readonly detail: string;
}

export type ChipResult = { readonly kind: 'ok' } | ChipFailure;

export interface ChipIdentity {
  readonly name: string;
  readonly busId: string;
  readonly address: number;
}

export interface ChannelReader extends ChipIdentity {
  readonly channels: readonly ChannelInfo[];
  /** Brings the chip into the state the conversions assume. Needed once after power-up; doing it again changes nothing. */
  configure(): Promise<ChipResult>;
  /** Whether it is the chip it should be, where it can tell; changes nothing. */
  identify?(): Promise<ChipResult>;
  /** One channel, in one or two transfers. `nowMs` (monotonic) becomes the reading's time. */
  read(channel: string, nowMs: number): Promise<Reading>;
  /** Every channel, in no more transfers than reading them one by one. */
  readAll(nowMs: number): Promise<ReadonlyMap<string, Reading>>;
}

/** What a chip says is wrong with what it watches, such as `vout-over-voltage-fault`. `page`: of which output, from 0. */
export interface ChipCondition {
  readonly page: number;
  readonly name: string;
}

export type ConditionsAnswer = { readonly kind: 'ok'; readonly conditions: readonly ChipCondition[] } | ChipFailure;

export interface SensorChip extends ChannelReader {
  readonly kind: 'sensor';
  /** The conditions that a chip with status registers has noted, as long as it keeps them. */
  readConditions?(): Promise<ConditionsAnswer>;
}

export type WatchdogTimeoutS = 0 | 5 | 10 | 30;

export type DutyAnswer = { readonly kind: 'ok'; readonly ratio: number } | ChipFailure;

export type FanStatusAnswer =
  | {
      readonly kind: 'ok';
      readonly standby: boolean;
      /** The watchdog ran out since it was last armed: the fans were at full speed. */
      readonly watchdogExpired: boolean;
      readonly watchdogTimeoutS: WatchdogTimeoutS;
      /** Tachometers (from 1) whose fault bit is set. */
      readonly faultyTachometers: readonly number[];
    }
  | ChipFailure;

export interface FanChip extends ChannelReader {
  readonly kind: 'fan';
  readonly pwmCount: number;
  /** Duty `ratio` 0..1 of output `pwm` (from 1), in one transfer. Out-of-range ratios are clamped, NaN is refused. */
  setDuty(pwm: number, ratio: number): Promise<ChipResult>;
  /** The duty the output has now, which may still be ramping towards the one set. */
  readDuty(pwm: number): Promise<DutyAnswer>;
  /** Full speed when nobody talks to the chip for `timeoutS`; 0 = off. Also clears an expired watchdog's mark. */
  armWatchdog(timeoutS: WatchdogTimeoutS): Promise<ChipResult>;
  readStatus(): Promise<FanStatusAnswer>;
}

export type Level = 0 | 1;

/** Levels as on the wire, index 0 = pin 0. */
export type PinsAnswer = { readonly kind: 'ok'; readonly levels: readonly Level[] } | ChipFailure;

export interface PinChip extends ChipIdentity {
  readonly pinCount: number;
  configure(): Promise<ChipResult>;
  /** All pins in one transfer. */
  readPins(): Promise<PinsAnswer>;
  /** Sets what an output pin drives; a pin that is an input stays one. */
  writePin(pin: number, level: Level): Promise<ChipResult>;
}

export interface ExpanderChip extends PinChip {
  readonly kind: 'expander';
  /** Makes the pin an output; the level is set first, so it never drives the other one. */
  setOutput(pin: number, level: Level): Promise<ChipResult>;
  setInput(pin: number): Promise<ChipResult>;
}

export type LedState = 'on' | 'off' | 'blink0' | 'blink1';

export type LedsAnswer = { readonly kind: 'ok'; readonly leds: readonly LedState[] } | ChipFailure;

/** Open-drain LED outputs that also serve as pins: level 0 = driven low (LED on), level 1 = released (LED off). */
export interface LedChip extends PinChip {
  readonly kind: 'led';
  setLed(pin: number, state: LedState): Promise<ChipResult>;
  readLeds(): Promise<LedsAnswer>;
}

export type BytesAnswer = { readonly kind: 'ok'; readonly data: Uint8Array } | ChipFailure;

export interface EepromChip extends ChipIdentity {
  readonly kind: 'eeprom';
  readonly sizeBytes: number;
  read(offset: number, length: number): Promise<BytesAnswer>;
}

export interface MuxChip extends ChipIdentity {
  readonly kind: 'mux';
  readonly channelCount: number;
  /** The bus behind a channel (from 0); selects the channel before a transfer. */
  channel(channel: number): I2cBus;
}

export type Chip = SensorChip | FanChip | ExpanderChip | LedChip | EepromChip | MuxChip;

export const CHIP_OK: ChipResult = { kind: 'ok' };
