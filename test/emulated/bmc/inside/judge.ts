// Runs in the machine: each twin read by Linux's driver and then, unbound, by ours; one line of JSON for each.
// Arguments: the twins as JSON, their bus.
import { loadHardwareModule } from '../../../../src/buses/hardware-module.ts';
import { openHardwareBus, type I2cModule } from '../../../../src/buses/i2c-bus.ts';
import { openChip } from '../../../../src/chips/registry.ts';
import type { Reading } from '../../../../src/core/reading.ts';
import { kernelAttributes } from '../../machine/sysfs.ts';
import type { Twin } from '../machine-chips.ts';
import type { Judgement } from '../judgement.ts';

const [twinsText = '[]', busText = '0'] = process.argv.slice(2);
const busNumber = Number(busText);
const bus = openHardwareBus('twins', () => busNumber, (await loadHardwareModule('i2c-bus')) as I2cModule);

for (const twin of JSON.parse(twinsText) as readonly Twin[]) console.log(JSON.stringify(await judged(twin)));
bus.close();

async function judged(twin: Twin): Promise<Judgement> {
  const chip = openChip(twin.model, bus, twin.address);
  if (chip.kind !== 'sensor' && chip.kind !== 'fan') throw new Error(`${twin.model} measures nothing`);
  const configured = await chip.configure();
  if (configured.kind === 'failed') throw new Error(configured.detail);
  if (chip.kind === 'fan') {
    for (const [index, ratio] of (twin.ratios ?? []).entries()) await chip.setDuty(index + 1, ratio);
  }
  const kernel = kernelAttributes(busNumber, twin.address, twin.model);
  const readings = await chip.readAll(0);
  const ours = Object.fromEntries(
    chip.channels.map(({ channel, unit }) => [channel, { unit, ...plain(readings.get(channel)) }]),
  );
  return { id: twin.id, kernel, ours };
}

function plain(reading: Reading | undefined): { readonly value: number } | { readonly reason: string } {
  if (reading === undefined) return { reason: 'missing' };
  return reading.kind === 'value' ? { value: reading.value } : { reason: `${reading.reason}: ${reading.detail}` };
}
