// Registers of the LM90 family as the attributes of Linux's lm90 driver (Documentation/hwmon/lm90.rst).
import type { RegisterDump } from '../register-dump.ts';
import type { Lm90Variant } from '../lm90.ts';
import { LM90_OPEN, LM90_RANGE, LM90_REGISTER, lm90Temperature } from '../lm90.ts';
import type { Attributes } from './attributes.ts';
import { bitOf } from './attributes.ts';

/** The driver sets the rate to two conversions a second when it takes the chip. */
const UPDATE_INTERVAL_MS = 500;
const BUSY = 0x80;

/** Status bits by channel: local, remote. */
const STATUS = { low: [0x20, 0x08], high: [0x40, 0x10], critical: [0x01, 0x02] };

export function lm90Attributes(registers: RegisterDump, variant: Lm90Variant): Attributes {
  const configuration = registers.byte(LM90_REGISTER.configuration);
  const status = registers.byte(LM90_REGISTER.status);
  const range = variant.extendedRange && (configuration & LM90_RANGE) !== 0 ? 'extended' : 'standard';
  const hysteresis = registers.byte(LM90_REGISTER.criticalHysteresis) * 1000;
  // The kernel shifts, so fractions of a m°C are cut off towards minus infinity.
  const milli = (register: number, fractionRegister?: number) => {
    const fraction = fractionRegister === undefined ? 0 : registers.byte(fractionRegister);
    return Math.floor(lm90Temperature(registers.byte(register), fraction, variant, range) * 1000);
  };
  const shift = (variant.remoteShiftC ?? 0) * 1000;
  const extended = (register: number) => (variant.limitFractions ? register : undefined);
  const r = LM90_REGISTER;
  const localCritical = milli(r.localCritical);
  const remoteCritical = milli(r.remoteCritical) + shift;
  return {
    temp1_input: milli(r.local, variant.localFraction),
    temp1_min: milli(r.localLow),
    temp1_max: milli(r.localHigh),
    temp1_crit: localCritical,
    temp1_crit_hyst: localCritical - hysteresis,
    temp2_input: milli(r.remote, r.remoteFraction) + shift,
    temp2_min: milli(r.remoteLow, extended(r.remoteLowFraction)) + shift,
    temp2_max: milli(r.remoteHigh, extended(r.remoteHighFraction)) + shift,
    temp2_crit: remoteCritical,
    temp2_crit_hyst: remoteCritical - hysteresis,
    temp2_fault: bitOf(status, LM90_OPEN),
    ...alarms(status),
    ...(variant.hasOffset ? { temp2_offset: offset(registers, variant) } : {}),
    ...(variant.showsAlarms ? { alarms: status & ~BUSY } : {}),
    ...(variant.faultQueue === 'none' ? {} : { temp_samples: samples(registers, variant, configuration) }),
    update_interval: UPDATE_INTERVAL_MS,
  };
}

function alarms(status: number): Attributes {
  const attributes: Attributes = {};
  for (const index of [0, 1]) {
    attributes[`temp${index + 1}_min_alarm`] = bitOf(status, STATUS.low[index] ?? 0);
    attributes[`temp${index + 1}_max_alarm`] = bitOf(status, STATUS.high[index] ?? 0);
    attributes[`temp${index + 1}_crit_alarm`] = bitOf(status, STATUS.critical[index] ?? 0);
  }
  return attributes;
}

/** The offset is a difference: signed whatever the temperatures are. */
function offset(registers: RegisterDump, variant: Lm90Variant): number {
  const high = registers.byte(LM90_REGISTER.offset);
  const fraction = registers.byte(LM90_REGISTER.offsetFraction);
  const { unsigned: _, ...twosComplement } = variant;
  return Math.floor(lm90Temperature(high, fraction, twosComplement, 'standard') * 1000);
}

function samples(registers: RegisterDump, variant: Lm90Variant, configuration: number): number {
  const queue = variant.faultQueue;
  if (typeof queue === 'object') return (configuration & queue.mask) === 0 ? 1 : queue.depth;
  const bits = registers.byte(LM90_REGISTER.consecutiveAlert) & 0x0e;
  return bits === 0x02 ? 2 : bits === 0x06 ? 3 : bits === 0x0e ? 4 : 1;
}
