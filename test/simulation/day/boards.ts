// A board file's worth of data for a plant of another shape: the simulated board's parts, as many as the shape needs, and
// the model that a maker would give from the plant's data sheet.
import { airflow } from '../../../hwsim/plant/airflow.ts';
import type { PlantParameters } from '../../../hwsim/plant/parameters.ts';
import type { Board } from '../../../src/board/schema.ts';
import { shapedSlots, type Shape } from './specimens.ts';

/** @param template Its first slot, devices and zone are taken as patterns. */
export function boardWith(template: Board, plant: PlantParameters, shape: Shape): Board {
  const slots = shapedSlots(shape);
  const [first] = template.slots;
  const [mover] = template.airMovers;
  const [zone] = template.zones;
  if (first === undefined || mover === undefined || zone === undefined) throw new Error('the template is empty');
  const chassisDevices = template.devices.filter((device) => device.slot === undefined);
  const sledDevices = template.devices.filter((device) => device.slot === first.number);
  const rename = <T>(value: T, slot: number): T =>
    JSON.parse(JSON.stringify(value).replaceAll(`slot${first.number}_`, `slot${slot}_`)) as T;
  const shares = sharesOf(plant);
  return {
    ...template,
    id: plant.name,
    name: plant.text,
    airMovers: plant.fans.map((fan) => ({
      ...mover,
      id: fan.id,
      maxFlowM3s: fan.maxFlowM3s,
      idlePowerW: fan.idlePowerW,
      maxPowerW: fan.maxPowerW,
    })),
    devices: [
      ...chassisDevices,
      ...slots.flatMap(({ slot }) =>
        sledDevices.map((device) => ({ ...rename(device, slot), id: `${device.id}-${slot}`, slot })),
      ),
    ],
    zones: [
      {
        ...zone,
        airMovers: plant.fans.map((fan) => fan.id),
        sensors: slots.flatMap(({ slot }) => [`slot${slot}_cpu`, `slot${slot}_memory`]),
      },
    ],
    slots: slots.map(({ slot, row, column }, s) => ({
      ...rename(first, slot),
      ...{ number: slot, row, column },
      model: { ...first.model, idlePowerW: plant.slots[s]?.idlePowerW ?? 0, share: shares[s] ?? {} },
    })),
    recirculation: { kind: 'airflow', preheat: preheatOf(plant) },
  };
}

/** Part of each fan's free delivery that reaches each slot with all fans at half speed: what a flow bench shows. */
function sharesOf(plant: PlantParameters): Record<string, number>[] {
  const free = plant.slots.map(() => 1);
  const whole = airflow(
    plant,
    plant.fans.map(() => 0.5),
    free,
  );
  return plant.slots.map((slot, s) => {
    const weight = (fan: string) =>
      (slot.share[fan] ?? 0) / plant.slots.reduce((sum, other) => sum + (other.share[fan] ?? 0), 0);
    const fullM3s = 0.5 * plant.fans.reduce((sum, fan) => sum + weight(fan.id) * fan.maxFlowM3s, 0);
    const scale = (whole.slotM3s[s] ?? 0) / fullM3s;
    return Object.fromEntries(plant.fans.map((fan) => [fan.id, Number((weight(fan.id) * scale).toFixed(3))]));
  });
}

/** Heat of j that reaches s, also by way of the sleds between them. */
function preheatOf(plant: PlantParameters): number[][] {
  const index = (slot: number) => plant.slots.findIndex((entry) => entry.slot === slot);
  const rows = plant.slots.map(() => plant.slots.map(() => 0));
  // slots are in the order of their rows: what a slot breathes is complete when its own turn comes
  for (const [s, { slot }] of plant.slots.entries()) {
    for (const { from, to, fraction } of plant.mixing) {
      if (to !== slot) continue;
      const j = index(from);
      plant.slots.forEach((_, i) => {
        const row = rows[s];
        if (row !== undefined) row[i] = (row[i] ?? 0) + fraction * ((i === j ? 1 : 0) + (rows[j]?.[i] ?? 0));
      });
    }
  }
  return rows.map((row) => row.map((value) => Number(value.toFixed(3))));
}
