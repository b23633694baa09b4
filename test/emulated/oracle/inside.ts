// Runs inside the VM: puts each case's registers into i2c-stub, lets the kernel's driver read them, then ours through
// the i2c-bus package, and writes one line of JSON for each case. Arguments: file of cases, file of answers.
import { appendFileSync, readFileSync } from 'node:fs';
import { openHardwareBus, type I2cModule } from '../../../src/buses/i2c-bus.ts';
import { loadHardwareModule } from '../../../src/buses/hardware-module.ts';
import type { ChipUnit } from '../../../src/chips/chip.ts';
import { decodableChips, decodeRegisters } from '../../../src/chips/decode.ts';
import { chipKinds, openChip } from '../../../src/chips/registry.ts';
import type { Reading } from '../../../src/core/reading.ts';
import type { OracleCase, OracleLine, OracleResult, OurReading } from './case.ts';
import { kernelAttributes, stubBusNumber } from '../machine/sysfs.ts';

/** The one address of i2c-stub. */
const ADDRESS = 0x48;
const KERNEL_UNITS: Readonly<Record<ChipUnit, number>> = { C: 1e3, V: 1e3, A: 1e3, W: 1e6, rpm: 1 };

/** Registers past any driver: i2c-bus itself, also while the kernel has the chip. */
interface RawBus {
  readWordSync(address: number, register: number): number;
  writeWordSync(address: number, register: number, word: number): void;
}

interface RawModule {
  openSync(busNumber: number, options: { readonly forceAccess: boolean }): RawBus;
}

const [casesFile = '', answersFile = ''] = process.argv.slice(2);
const module = await loadHardwareModule('i2c-bus');
const busNumber = stubBusNumber();
const raw = (module as RawModule).openSync(busNumber, { forceAccess: true });
const bus = openHardwareBus('stub', () => busNumber, module as I2cModule);

for (const oracleCase of JSON.parse(readFileSync(casesFile, 'utf8')) as readonly OracleCase[]) {
  appendFileSync(answersFile, `${JSON.stringify(await judged(oracleCase))}\n`);
}
bus.close();

async function judged(oracleCase: OracleCase): Promise<OracleLine> {
  try {
    return { id: oracleCase.id, asFound: await asFound(oracleCase), configured: await configured(oracleCase) };
  } catch (error) {
    return { id: oracleCase.id, error: error instanceof Error ? error.message : String(error) };
  }
}

function load(words: readonly number[]): void {
  for (const [register, word] of words.entries()) raw.writeWordSync(ADDRESS, register, word);
}

function copyRegister(from: number, to: number): void {
  raw.writeWordSync(ADDRESS, to, raw.readWordSync(ADDRESS, from));
}

async function asFound({ chip, kernelName, words, dumped }: OracleCase): Promise<OracleResult['asFound']> {
  load(words);
  let registers: readonly string[] = [];
  const dump = () => {
    registers = words.map((_, register) => raw.readWordSync(ADDRESS, register).toString(16));
  };
  // While the kernel has the chip: its driver may have changed the configuration, and may change it back.
  const kernel = kernelAttributes(busNumber, ADDRESS, kernelName, dumped === 'while bound' ? dump : () => {});
  if (dumped === 'once let go') dump();
  const decoded = decodableChips().includes(chip) ? await decodeRegisters({ chip, width: 'word', registers }) : null;
  return { kernel, decoded };
}

async function configured(oracleCase: OracleCase): Promise<OracleResult['configured']> {
  const { chip: name, kernelName, words } = oracleCase;
  if (oracleCase.unrelated || !chipKinds.has(name)) return null;
  load(words);
  for (const [write, read] of oracleCase.writtenAt) copyRegister(read, write);
  const chip = openChip(name, bus, ADDRESS);
  if (chip.kind !== 'sensor' && chip.kind !== 'fan') return null;
  const done = await chip.configure();
  if (done.kind === 'failed') throw new Error(`configure: ${done.detail}`);
  for (const [write, read] of oracleCase.writtenAt) copyRegister(write, read);
  const kernel = kernelAttributes(busNumber, ADDRESS, kernelName);
  const all = await chip.readAll(0);
  const readings: Record<string, OurReading> = {};
  for (const { channel, unit } of chip.channels) readings[channel] = inKernelUnit(all.get(channel), KERNEL_UNITS[unit]);
  if (chip.kind === 'sensor') return { kernel, readings, faultyTachometers: null };
  for (let pwm = 1; pwm <= chip.pwmCount; pwm++) {
    const duty = await chip.readDuty(pwm);
    readings[`pwm${pwm}`] = duty.kind === 'ok' ? { value: duty.ratio * 255 } : duty;
  }
  const status = await chip.readStatus();
  if (status.kind === 'failed') throw new Error(`status: ${status.detail}`);
  return { kernel, readings, faultyTachometers: status.faultyTachometers };
}

function inKernelUnit(reading: Reading | undefined, factor: number): OurReading {
  if (reading === undefined) return { reason: 'missing', detail: 'readAll left the channel out' };
  return reading.kind === 'value'
    ? { value: reading.value * factor }
    : { reason: reading.reason, detail: reading.detail };
}
