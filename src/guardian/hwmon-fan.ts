// A fan controller that the kernel drives (the SoC's own PWM and tachometers), as a fan chip. It has no watchdog of its
// own that we could arm: where a board relies on it, the Linux watchdog is what stands behind the guardian.
import type { HwmonFans } from '../buses/hwmon.ts';
import { CHIP_OK, type ChipResult, type FanChip } from '../chips/chip.ts';

/** The board's name for such a device. */
export const HWMON_FAN = 'hwmon-fan';

export interface HwmonFanPlace {
  readonly busId: string;
  readonly address: number;
  /** PWM outputs, and tachometers in use, from 1. */
  readonly pwmCount: number;
  readonly tachometers: readonly number[];
}

export function openHwmonFan(fans: HwmonFans, place: HwmonFanPlace): FanChip {
  const { busId, address, pwmCount, tachometers } = place;
  const channels = tachometers.map((number) => ({ channel: `fan${number}`, unit: 'rpm' as const }));
  const noWatchdog: ChipResult = { kind: 'failed', reason: 'fault', detail: `${fans.id} has no watchdog` };
  return {
    kind: 'fan',
    name: HWMON_FAN,
    busId,
    address,
    channels,
    pwmCount,
    configure: () => Promise.resolve(CHIP_OK),
    read: (channel) => fans.fanRpm(Number(channel.slice('fan'.length))),
    readAll: async () =>
      new Map(
        await Promise.all(tachometers.map(async (number) => [`fan${number}`, await fans.fanRpm(number)] as const)),
      ),
    setDuty: async (pwm, ratio) => {
      const result = await fans.setPwm(pwm, ratio);
      return result === 'ok' ? CHIP_OK : { kind: 'failed', reason: 'fault', detail: result.error };
    },
    readDuty: async (pwm) => {
      const reading = await fans.pwmRatio(pwm);
      if (reading.kind === 'value') return { kind: 'ok', ratio: reading.value };
      return { kind: 'failed', reason: reading.reason, detail: reading.detail };
    },
    armWatchdog: () => Promise.resolve(noWatchdog),
    readStatus: () =>
      Promise.resolve({
        kind: 'ok',
        standby: false,
        watchdogExpired: false,
        watchdogTimeoutS: 0,
        faultyTachometers: [],
      }),
  };
}
