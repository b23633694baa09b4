// What a plant file says: the physics of one chassis. hwsim/plants/*.json, format `coldslot-plant/1`.
// These are the simulator's own terms, on purpose not those of the controller's chassis model.
import * as z from 'zod';
import { badInput, parseInput, readInput } from '../json-input.ts';
import { liquidSchema } from './liquid-parameters.ts';
import { moverSchema } from './mover-parameters.ts';

const id = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,47}$/, 'expected a name of letters, digits, _ . - (1 to 48)');
const positive = z.number().positive();
const share = z.number().min(0).max(1);
const slotNumber = z.int().min(0).max(255);

/** A lump of metal and silicon with one temperature, cooled by the air that passes: UA = natural + forced·(Q/Qref)^exponent. */
const nodeSchema = z.strictObject({
  heatCapacityJPerK: positive,
  naturalWPerK: z.number().min(0),
  /** Conductance at the sled's reference flow. */
  forcedWPerK: positive,
  exponent: z.number().min(0.2).max(1),
});

/** What all sleds of a chassis have in common. The rest of the power (boards, drives) heats the air at once. */
const sledSchema = z.strictObject({
  referenceFlowM3s: positive,
  /** Buoyancy: the air that passes with all fans standing. */
  naturalFlowM3s: positive,
  /** Share of the flow an empty slot passes (blank filler or hole). */
  emptyOpenness: share,
  cpuPowerShare: share,
  memoryPowerShare: share,
  /** Extra CPU power by leakage: share·2^((T − atC)/doublingK) of the CPU's power. */
  leakage: z.strictObject({ share: z.number().min(0).max(0.3), atC: z.number(), doublingK: positive }),
  cpu: nodeSchema,
  memory: nodeSchema,
  /** Conduction through the board between CPU and memory. */
  couplingWPerK: z.number().min(0),
  /** How much of the CPU's warm air passes over the memory. */
  memoryInWake: share,
});

const slotSchema = z.strictObject({
  slot: slotNumber,
  idlePowerW: z.number().min(0),
  /** Relative part of each fan's flow that goes here; a fan's parts need not add up to 1. */
  share: z.record(id, share),
  /** Spread of heat-sink mounting and paste: multiplies the CPU's forced conductance. */
  coolingFactor: z.number().min(0.5).max(1.5).default(1),
});

export const plantSchema = z.strictObject({
  format: z.literal('coldslot-plant/1'),
  name: id,
  text: z.string().min(1).max(400),
  ambient: z.strictObject({
    baseC: z.number().min(-20).max(60),
    /** Daily course: base + swing·sin(2π·t/period). */
    swingK: z.number().min(0).max(20).default(0),
    periodS: positive.default(86_400),
  }),
  supply: z.strictObject({ volts: positive, ohms: z.number().min(0) }),
  /** Time constant of the air and metal in front of a slot. */
  inletTimeS: positive,
  /** Part of the intake air that is the chassis' own exhaust. */
  exhaustRecirculation: z.number().min(0).max(0.5),
  /** Loss of the filter (linear in flow) and of the chassis (square), relative to the fans' own pressure. */
  impedance: z.strictObject({ laminar: z.number().min(0), turbulent: z.number().min(0) }),
  /** Flow past the slots (gaps, cable bay), relative to what goes through all of them. */
  bypass: z.number().min(0.01).max(2),
  /** How much a standing fan opens a way back for the air of the others. */
  backflow: z.number().min(0).max(2),
  sled: sledSchema,
  fans: z.array(moverSchema).min(1).max(64),
  /** A coolant loop beside the air. */
  liquid: liquidSchema.optional(),
  slots: z.array(slotSchema).min(1).max(64),
  /** `fraction` of the air that `to` takes in has come out of `from`. */
  mixing: z.array(z.strictObject({ from: slotNumber, to: slotNumber, fraction: share })).max(4096),
});

export type PlantParameters = z.output<typeof plantSchema>;
export type SledParameters = PlantParameters['sled'];
export type NodeParameters = SledParameters['cpu'];
export type FanParameters = PlantParameters['fans'][number];

/** @throws ColdslotError `bad-input` with the file, the JSON path and what was expected. */
export function parsePlant(text: string, file: string): PlantParameters {
  const plant = parseInput(plantSchema, text, file);
  checkNames(plant, file);
  checkShares(plant, file);
  return plant;
}

/** As parsePlant, from a file. */
export function loadPlant(file: string): PlantParameters {
  return parsePlant(readInput(file, 'plant'), file);
}

function checkNames(plant: PlantParameters, file: string): void {
  const fans = new Set<string>();
  plant.fans.forEach((fan, i) => {
    if (fans.has(fan.id)) throw badInput(file, `fans[${i}].id`, `fan ${fan.id} is named twice`);
    fans.add(fan.id);
  });
  const movers = new Set(fans);
  plant.liquid?.pumps.forEach((pump, i) => {
    if (movers.has(pump.id)) throw badInput(file, `liquid.pumps[${i}].id`, `${pump.id} is named twice`);
    movers.add(pump.id);
  });
  const slots = new Set<number>();
  plant.slots.forEach((slot, i) => {
    if (slots.has(slot.slot)) throw badInput(file, `slots[${i}].slot`, `slot ${slot.slot} is there twice`);
    slots.add(slot.slot);
    const unknown = Object.keys(slot.share).find((fan) => !fans.has(fan));
    if (unknown !== undefined) {
      throw badInput(file, `slots[${i}].share.${unknown}`, `expected one of the fans ${[...fans].join(', ')}`);
    }
  });
  for (const slot of Object.keys(plant.liquid?.share ?? {})) {
    if (!slots.has(Number(slot))) throw badInput(file, `liquid.share.${slot}`, `there is no slot ${slot} in slots`);
  }
  plant.mixing.forEach((mix, i) => {
    for (const end of ['from', 'to'] as const) {
      if (!slots.has(mix[end])) throw badInput(file, `mixing[${i}].${end}`, `there is no slot ${mix[end]} in slots`);
    }
    if (mix.from === mix.to) throw badInput(file, `mixing[${i}]`, 'expected two different slots');
  });
}

function checkShares(plant: PlantParameters, file: string): void {
  const { cpuPowerShare, memoryPowerShare } = plant.sled;
  if (cpuPowerShare + memoryPowerShare > 1) {
    throw badInput(file, 'sled.memoryPowerShare', 'expected cpuPowerShare + memoryPowerShare ≤ 1');
  }
  plant.fans.forEach((fan, i) => {
    if (plant.slots.some((slot) => (slot.share[fan.id] ?? 0) > 0)) return;
    throw badInput(file, `fans[${i}].id`, `no slot has a share of ${fan.id}; its air goes nowhere`);
  });
  const coolant = Object.values(plant.liquid?.share ?? {}).reduce((sum, part) => sum + part, 0);
  if (coolant > 1 + 1e-9)
    throw badInput(file, 'liquid.share', `expected parts of a whole, at most 1 together, got ${coolant}`);
  for (const { slot } of plant.slots) {
    const taken = plant.mixing.reduce((sum, mix) => sum + (mix.to === slot ? mix.fraction : 0), 0);
    if (taken > 1)
      throw badInput(file, 'mixing', `slot ${slot} takes in ${taken} of its air from others; expected ≤ 1`);
  }
}
