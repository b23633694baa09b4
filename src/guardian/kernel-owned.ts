// A device of an I2C bus that a kernel driver owns ("via": "hwmon"), as the chip that it is: same channels, read from the
// driver's files. Its watchdog, if it has one, is the driver's: what stands behind the guardian is the Linux watchdog.
import type { BoardDevice } from '../board/schema.ts';
import type { KernelChip } from '../buses/kernel-chip.ts';
import { at24Variants } from '../chips/at24.ts';
import {
  CHIP_OK,
  type ChannelInfo,
  type ChannelReader,
  type Chip,
  type ChipFailure,
  type ChipResult,
  type EepromChip,
  type FanChip,
} from '../chips/chip.ts';
import { chipKind } from '../chips/registry.ts';
import { ColdslotError } from '../core/errors.ts';

/**
 * @param tachometers those of the board's air movers on it, from 1
 * @throws ColdslotError `bad-input` for a kind of chip that the kernel shows no values of; a board check says so before
 */
export function openKernelOwned(device: BoardDevice, kernel: KernelChip, tachometers: readonly number[]): Chip {
  const { kind, channels, outputs } = chipKind(device.chip);
  const used = new Set([...device.channels.map(({ channel }) => channel), ...tachometers.map((n) => `fan${n}`)]);
  const reader = readerOf(
    device,
    kernel,
    channels.filter(({ channel }) => used.has(channel)),
  );
  switch (kind) {
    case 'sensor':
      return { ...reader, kind: 'sensor' };
    case 'fan':
      return fanOf(reader, kernel, outputs, tachometers);
    case 'eeprom':
      return eepromOf(reader, kernel, at24Variants[device.chip]?.sizeBytes ?? 0);
    default: {
      const message = `a ${device.chip} that the kernel owns has no hwmon values`;
      throw new ColdslotError('bad-input', `device ${device.id}`, message, 'unbind its driver, leave out "via"');
    }
  }
}

/** Only what the board uses: each file is a transfer of the driver. */
function readerOf(device: BoardDevice, kernel: KernelChip, channels: readonly ChannelInfo[]): ChannelReader {
  return {
    name: device.chip,
    busId: device.bus,
    address: Number.parseInt(device.address, 16),
    channels,
    configure: async () => {
      if (device.shuntMicroOhm === undefined) return CHIP_OK;
      return resultOf(await kernel.setShunt(device.shuntMicroOhm));
    },
    read: (channel) => kernel.read(channel),
    readAll: async () =>
      new Map(await Promise.all(channels.map(async ({ channel }) => [channel, await kernel.read(channel)] as const))),
  };
}

function fanOf(reader: ChannelReader, kernel: KernelChip, pwmCount: number, tachometers: readonly number[]): FanChip {
  const noWatchdog = failure(`${kernel.id}: its watchdog is its kernel driver's`);
  return {
    ...reader,
    kind: 'fan',
    pwmCount,
    setDuty: async (pwm, ratio) => {
      if (Number.isNaN(ratio)) return failure(`${kernel.id} pwm${pwm}: the ratio is no number`);
      return resultOf(await kernel.setPwm(pwm, ratio));
    },
    readDuty: async (pwm) => {
      const reading = await kernel.pwmRatio(pwm);
      if (reading.kind === 'value') return { kind: 'ok', ratio: reading.value };
      return { kind: 'failed', reason: reading.reason, detail: reading.detail };
    },
    armWatchdog: () => Promise.resolve(noWatchdog),
    readStatus: async () => {
      const faults = await Promise.all(tachometers.map((number) => kernel.faulty(`fan${number}`)));
      const faultyTachometers = tachometers.filter((_, index) => faults[index]);
      return { kind: 'ok', standby: false, watchdogExpired: false, watchdogTimeoutS: 0, faultyTachometers };
    },
  };
}

function eepromOf({ name, busId, address }: ChannelReader, kernel: KernelChip, sizeBytes: number): EepromChip {
  return {
    kind: 'eeprom',
    name,
    busId,
    address,
    sizeBytes,
    read: (offset, length) => kernel.readBytes(offset, length),
  };
}

function resultOf(result: 'ok' | { readonly error: string }): ChipResult {
  return result === 'ok' ? CHIP_OK : failure(result.error);
}

function failure(detail: string): ChipFailure {
  return { kind: 'failed', reason: 'fault', detail };
}
