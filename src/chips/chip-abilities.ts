// What each chip that we can drive can do, as its driver itself offers it.
import type { I2cBus } from '../core/ports.ts';
import type { ChannelInfo, Chip, WatchdogTimeoutS } from './chip.ts';
import { decodableChips } from './decode.ts';
import { identities } from './identity.ts';
import { chipKinds } from './registry.ts';

export interface ChipAbilities {
  readonly name: string;
  readonly kind: Chip['kind'];
  readonly channels: readonly ChannelInfo[];
  /** PWM outputs of a fan controller, pins of an expander or LED driver; else 0. */
  readonly outputs: number;
  /** Of an EEPROM. */
  readonly sizeBytes?: number;
  /** Of a mux. */
  readonly channelCount?: number;
  /** Time-outs of its own watchdog; none where it has none. */
  readonly watchdogS: readonly WatchdogTimeoutS[];
  /** Packet error codes. */
  readonly pec: boolean;
  /** It tells what it finds wrong with what it watches, such as by PMBus' STATUS words. */
  readonly conditions: boolean;
  /** `chip decode` knows its registers. */
  readonly decode: boolean;
  /** It can say who it is. */
  readonly identity: boolean;
  /** Its currents and powers depend on a resistor of the board, `shuntMicroOhm`. */
  readonly shunt: boolean;
}

/** Opening a chip sends nothing; nobody would answer. */
const NOBODY: I2cBus = {
  id: 'none',
  transfer: () => Promise.resolve({ kind: 'error', error: 'nack', detail: 'there is no bus' }),
};
const ANY_ADDRESS = 0x50;

export function chipAbilities(): readonly ChipAbilities[] {
  const decodable = new Set(decodableChips());
  return [...chipKinds].map(([name, { kind, channels, outputs, watchdogS, pec, usesShunt, open }]) => {
    const chip = open(NOBODY, ANY_ADDRESS, {});
    return {
      name,
      kind,
      channels: channels.map(described),
      outputs,
      ...(chip.kind === 'eeprom' ? { sizeBytes: chip.sizeBytes } : {}),
      ...(chip.kind === 'mux' ? { channelCount: chip.channelCount } : {}),
      watchdogS: watchdogS ?? [],
      pec: pec ?? false,
      conditions: chip.kind === 'sensor' && chip.readConditions !== undefined,
      decode: decodable.has(name),
      identity: Object.hasOwn(identities, name),
      shunt: usesShunt ?? false,
    };
  });
}

/** Without what only its driver needs to know. */
function described({ channel, unit, label }: ChannelInfo): ChannelInfo {
  return label === undefined ? { channel, unit } : { channel, unit, label };
}
