// Finds out what a PMBus device has that nobody wrote a table for: pages, and the readings of each. A command that it
// does not have is not acknowledged, or sets the invalid-command bit of STATUS_CML (Part II, "STATUS_CML").
import type { ChannelInfo, ChipFailure, ChipUnit } from './chip.ts';
import { PMBUS_READ } from './pmbus.ts';
import type { PmbusIdentity, PmbusKind, PmbusNumber, PmbusSensor } from './pmbus.ts';
import { voutModeOf } from './pmbus-format.ts';
import type { HasAnswer, PmbusRegisters } from './pmbus-registers.ts';
import { PMBUS_PAGE } from './pmbus-registers.ts';
import { CML_INVALID_COMMAND, PMBUS_STATUS, STATUS_CML } from './pmbus-status.ts';

/** More would not fit the names; devices with more outputs are rare. */
export const PMBUS_PROBED_PAGES = 8;

const CLEAR_FAULTS = 0x03;
const VOUT_MODE = 0x20;
const LINEAR11: PmbusNumber = { kind: 'linear11' };

interface Candidate extends ChannelInfo {
  readonly command: number;
  readonly page: number;
}

/**
 * Names do not depend on what else the device has: in1, curr1, power1 are of its input, in2, curr2, power2 of page 0,
 * in3… of page 1. A device with input voltage, current and power has the same names in Linux.
 */
const CANDIDATES: readonly Candidate[] = [
  candidate('in1', 'V', PMBUS_READ.vin),
  ...outputs('in', 'V', PMBUS_READ.vout),
  candidate('curr1', 'A', PMBUS_READ.iin),
  ...outputs('curr', 'A', PMBUS_READ.iout),
  candidate('power1', 'W', PMBUS_READ.pin),
  ...outputs('power', 'W', PMBUS_READ.pout),
  ...[0, 1, 2].map((index) => candidate(`temp${index + 1}`, 'C', PMBUS_READ.temperature1 + index)),
  ...[0, 1, 2, 3].map((index) => candidate(`fan${index + 1}`, 'rpm', PMBUS_READ.fanSpeed1 + index)),
];

function candidate(channel: string, unit: ChipUnit, command: number, page = 0): Candidate {
  return { channel, unit, command, page };
}

function outputs(prefix: string, unit: ChipUnit, command: number): Candidate[] {
  return Array.from({ length: PMBUS_PROBED_PAGES }, (_, page) =>
    candidate(`${prefix}${page + 2}`, unit, command, page),
  );
}

/** A device whose pages and readings are probed. `pages` where they are known and probing might mislead. */
export function probedPmbus(pages?: number): PmbusKind {
  const candidates = CANDIDATES.filter(({ page }) => page < (pages ?? PMBUS_PROBED_PAGES));
  return {
    channels: candidates.map(({ channel, unit }) => ({ channel, unit })),
    // All of it as one job: nothing else may select another page meanwhile.
    identify: (device) => device.onPage(null, () => probe(device, candidates, pages)),
  };
}

async function probe(
  device: PmbusRegisters,
  candidates: readonly Candidate[],
  knownPages: number | undefined,
): Promise<PmbusIdentity | ChipFailure> {
  const alive = await device.readByte(PMBUS_STATUS.byte);
  if (alive.kind === 'failed') return alive;
  const checker = await openChecker(device, alive.value);
  const pages = knownPages ?? (await countPages(device, checker));
  if (typeof pages !== 'number') return pages;
  const sensors: PmbusSensor[] = [];
  for (let page = 0; page < pages; page++) {
    if (pages > 1) {
      const selected = await device.writeByte(PMBUS_PAGE, page);
      if (selected.kind === 'failed') return selected;
    }
    const vout = await voutNumber(device, checker);
    if (vout.kind === 'failed') return vout;
    for (const possible of candidates.filter((each) => each.page === page)) {
      const number = possible.command === PMBUS_READ.vout ? vout : LINEAR11;
      if (number.kind === 'unreadable') continue;
      const has = await checker(possible.command, 2);
      if (has.kind === 'yes') sensors.push({ ...possible, number });
      else if (has.kind === 'failed') return has;
    }
  }
  if (sensors.length > 0) return { kind: 'ok', pages, sensors };
  return device.chip.refusal('has none of the PMBus readings');
}

type Checker = (command: number, length: number) => Promise<HasAnswer>;

/**
 * Asks for a command, and whether the device says that it was invalid. Faults that the device has latched are only
 * cleared where the invalid-command bit is in the way; where it cannot be cleared it is not looked at.
 */
async function openChecker(device: PmbusRegisters, status: number): Promise<Checker> {
  let usable = true;
  if ((status & STATUS_CML) !== 0) {
    await device.send(CLEAR_FAULTS);
    const again = await device.readByte(PMBUS_STATUS.byte);
    usable = again.kind === 'ok' && (again.value & STATUS_CML) === 0;
  }
  return async (command, length) => {
    const has = await device.has(command, length);
    if (has.kind !== 'yes' || !usable) return has;
    const after = await device.readByte(PMBUS_STATUS.byte);
    if (after.kind === 'failed') return after;
    if ((after.value & STATUS_CML) === 0) return has;
    const cml = await device.readByte(PMBUS_STATUS.cml);
    await device.send(CLEAR_FAULTS);
    return cml.kind === 'failed' || (cml.value & CML_INVALID_COMMAND) !== 0 ? { kind: 'no' } : has;
  };
}

/** The pages that can be selected one after the other, from 0 on. */
async function countPages(device: PmbusRegisters, checker: Checker): Promise<number | ChipFailure> {
  const has = await checker(PMBUS_PAGE, 1);
  if (has.kind === 'failed') return has;
  if (has.kind === 'no') return 1;
  for (let page = 1; page < PMBUS_PROBED_PAGES; page++) {
    const written = await device.writeByte(PMBUS_PAGE, page);
    const back = await device.readByte(PMBUS_PAGE);
    if (back.kind === 'failed') return back;
    if (written.kind === 'failed' || back.value !== page) {
      // Selecting a page that is not there is an error that the device may have noted.
      const status = await device.readByte(PMBUS_STATUS.byte);
      if (status.kind === 'ok' && (status.value & STATUS_CML) !== 0) await device.send(CLEAR_FAULTS);
      return page;
    }
  }
  return PMBUS_PROBED_PAGES;
}

/**
 * VID needs a table of the device's, so its output voltage stays unread. Where the output voltage is DIRECT so is
 * the rest, and it would be read wrong as LINEAR11: such a device needs a table here.
 */
async function voutNumber(
  device: PmbusRegisters,
  checker: Checker,
): Promise<PmbusNumber | { readonly kind: 'unreadable' } | ChipFailure> {
  const has = await checker(VOUT_MODE, 1);
  if (has.kind === 'failed') return has;
  if (has.kind === 'no') return { kind: 'unreadable' };
  const register = await device.readByte(VOUT_MODE);
  if (register.kind === 'failed') return register;
  const mode = voutModeOf(register.value);
  if (mode.kind === 'direct') {
    return device.chip.failure('fault', VOUT_MODE, 'numbers in DIRECT format, whose coefficients are not known');
  }
  return mode.kind === 'vid' ? { kind: 'unreadable' } : { kind: 'vout', mode };
}
