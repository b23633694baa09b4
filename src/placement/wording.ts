// Figures, lists and names in the planner's sentences.
import type { PlanInstance } from '../core/plan.ts';

/** One decimal, none when it is whole. */
export function show(value: number): string {
  return String(round(value, 1));
}

export function round(value: number, digits: number): number {
  const scale = 10 ** digits;
  return Math.round(value * scale) / scale + 0; // + 0 turns −0 into 0
}

/** An energy in J, kJ or MJ, so that it can be read. */
export function energy(joule: number): string {
  const size = Math.abs(joule);
  if (size >= 1e6) return `${show(joule / 1e6)} MJ`;
  return size >= 1e4 ? `${show(joule / 1e3)} kJ` : `${Math.round(joule) + 0} J`;
}

/** A time in s, min or h. */
export function duration(seconds: number): string {
  if (seconds >= 3600) return `${show(seconds / 3600)} h`;
  return seconds >= 120 ? `${show(seconds / 60)} min` : `${Math.ceil(seconds)} s`;
}

/** `a`, `a and b`, `a, b and c`; beyond `max`, the first ones and how many more. */
export function listed(names: readonly string[], max = 4): string {
  const shown = names.length > max ? [...names.slice(0, max - 1), `${names.length - max + 1} more`] : names;
  if (shown.length < 2) return shown.join('');
  return `${shown.slice(0, -1).join(', ')} and ${shown.at(-1)}`;
}

/** `4 cpu`; a unit at the end of the resource's name is shown as one: `16 GiB of memory`. */
export function amount(value: number, resource: string): string {
  const [, name, unit] = /^(.+?)([KMGT]i?B|[KMG]bps|[MG]Hz)$/.exec(resource) ?? [];
  const figure = String(round(value, 3));
  return name === undefined ? `${figure} ${resource}` : `${figure} ${unit} of ${name}`;
}

/** `slot 3`, `slots 1 and 2`. */
export function slotsNamed(instance: PlanInstance, slots: readonly number[]): string {
  const ids = slots.map((s) => instance.slots[s]!.id);
  return `${ids.length === 1 ? 'slot' : 'slots'} ${listed(ids)}`;
}
