// NVMe drives over SMBus: composite temperature and state. NVM Express Management Interface, appendix "NVMe Basic
// Management Command": a block read of command 0 gives status flags, warnings (inverted), temperature and wear, and a
// packet error code.
import type { I2cBus } from '../core/ports.ts';
import type { Reading } from '../core/reading.ts';
import { good } from '../core/reading.ts';
import { signed } from '../core/units.ts';
import type { BytesAnswer, ChannelInfo, SensorChip } from './chip.ts';
import { CHIP_OK } from './chip.ts';
import { ChipRegisters, readingOf } from './chip-registers.ts';
import { packetErrorCode } from './pmbus-format.ts';

const COMMAND = 0x00;
const BLOCK_BYTES = 6;
/** The block's length, the block, the packet error code. */
const ANSWER_BYTES = BLOCK_BYTES + 2;

const NOT_READY = 0x40;
const FUNCTIONAL = 0x20;
const RESET_NOT_REQUIRED = 0x10;

/** Composite temperature: what is no temperature. */
const NO_DATA = 0x80;
const SENSOR_FAILED = 0x81;
const LAST_RESERVED = 0xc3;

/** Of the warnings byte, from bit 0 up; a bit that is 0 warns. */
const WARNINGS: readonly string[] = [
  'spare-capacity-low',
  'temperature-out-of-range',
  'reliability-degraded',
  'read-only',
  'backup-failed',
];

export const NVME_CHANNELS: readonly ChannelInfo[] = [{ channel: 'temp1', unit: 'C' }];

export function openNvmeBasic(bus: I2cBus, address: number): SensorChip {
  const registers = new ChipRegisters('nvme', bus, address);
  const block = () => readBlock(registers);
  const read = async (nowMs: number): Promise<Reading> => {
    const answer = await block();
    return answer.kind === 'failed' ? readingOf(answer, nowMs) : temperature(registers, answer.data, nowMs);
  };
  return {
    kind: 'sensor',
    name: registers.name,
    busId: bus.id,
    address,
    channels: NVME_CHANNELS,
    configure: () => Promise.resolve(CHIP_OK), // there is nothing to set
    read: async (channel, nowMs) =>
      channel === 'temp1' ? read(nowMs) : readingOf(registers.refusal(`no channel ${channel}`), nowMs),
    readAll: async (nowMs) => new Map([['temp1', await read(nowMs)]]),
    readConditions: async () => {
      const answer = await block();
      if (answer.kind === 'failed') return answer;
      return { kind: 'ok', conditions: conditions(answer.data).map((name) => ({ page: 0, name })) };
    },
  };
}

/** The six bytes: status flags, warnings, temperature, wear, two reserved. */
async function readBlock(registers: ChipRegisters): Promise<BytesAnswer> {
  const answer = await registers.read(COMMAND, ANSWER_BYTES);
  if (answer.kind === 'failed') return answer;
  const length = answer.data[0] ?? 0;
  if (length !== BLOCK_BYTES) {
    return registers.failure('implausible', COMMAND, `a block of ${length} bytes instead of ${BLOCK_BYTES}`);
  }
  const address = registers.address << 1;
  if (packetErrorCode([address, COMMAND, address | 1, ...answer.data]) !== 0) {
    return registers.failure('fault', COMMAND, 'a wrong packet error code');
  }
  return { kind: 'ok', data: answer.data.subarray(1, 1 + BLOCK_BYTES) };
}

function temperature(registers: ChipRegisters, block: Uint8Array, nowMs: number): Reading {
  const raw = block[2] ?? 0;
  if (raw < NO_DATA || raw > LAST_RESERVED) return good(signed(raw, 8), nowMs);
  if (raw === NO_DATA) return readingOf(registers.failure('fault', COMMAND, 'no temperature in the last 5 s'), nowMs);
  if (raw === SENSOR_FAILED) return readingOf(registers.failure('fault', COMMAND, 'its sensor has failed'), nowMs);
  return readingOf(registers.failure('implausible', COMMAND, `temperature 0x${raw.toString(16)} is reserved`), nowMs);
}

function conditions(block: Uint8Array): readonly string[] {
  const [flags = 0, warnings = 0] = block;
  return [
    ...((flags & NOT_READY) !== 0 ? ['not-ready'] : []),
    ...((flags & FUNCTIONAL) === 0 ? ['failed'] : []),
    ...((flags & RESET_NOT_REQUIRED) === 0 ? ['reset-required'] : []),
    ...WARNINGS.filter((_, bit) => ((warnings >> bit) & 1) === 0),
  ];
}
