// Alarms and faults of TMP401 and EMC14xx families as hwmon attributes. Chips of two channels tell them in one status
// register; those of more have a register for each kind of event, in which bit n is channel n.
import type { RegisterDump } from '../register-dump.ts';
import { TMP401_REGISTER, TMP401_STATUS } from '../tmp401.ts';
import type { Attributes } from './attributes.ts';
import { bitOf } from './attributes.ts';

/** `index` counts channels from 0, the local sensor, which has no fault. */
export function diodeAlarms(registers: RegisterDump, channelCount: number, index: number): Attributes {
  const name = `temp${index + 1}`;
  const local = index === 0;
  if (channelCount > 2) {
    const of = (register: number) => bitOf(registers.byte(register), 1 << index);
    return {
      [`${name}_min_alarm`]: of(TMP401_REGISTER.lowStatus),
      [`${name}_max_alarm`]: of(TMP401_REGISTER.highStatus),
      [`${name}_crit_alarm`]: of(TMP401_REGISTER.thermStatus),
      ...(local ? {} : { [`${name}_fault`]: of(TMP401_REGISTER.faultStatus) }),
    };
  }
  const status = registers.byte(TMP401_REGISTER.status);
  return {
    [`${name}_min_alarm`]: bitOf(status, local ? TMP401_STATUS.localLow : TMP401_STATUS.remoteLow),
    [`${name}_max_alarm`]: bitOf(status, local ? TMP401_STATUS.localHigh : TMP401_STATUS.remoteHigh),
    [`${name}_crit_alarm`]: bitOf(status, local ? TMP401_STATUS.localTherm : TMP401_STATUS.remoteTherm),
    ...(local ? {} : { [`${name}_fault`]: bitOf(status, TMP401_STATUS.open) }),
  };
}
