// phosphor-pid-control's loops, as entity-manager configures them: Pid.Zone, Pid (class fan: which outputs a zone drives;
// class temp: PI on temperatures) and Stepwise → our zones with one PI on the worst margin, and tables.
import type * as z from 'zod';
import type { BoardZone, zoneSchema } from '../schema.ts';
import { numberIn, textIn, textsIn, type Expose, type Fields } from './configuration.ts';
import { boardName, type NameBook } from './names.ts';

export type ZoneDraft = z.input<typeof zoneSchema>;
type Table = BoardZone['tables'][number];

export interface CoolingParts {
  /** Sensors by entity-manager's name. */
  readonly sensors: ReadonlyMap<string, ZoneSensor>;
  /** Air movers by the names of their PWM output and tachometers. */
  readonly movers: ReadonlyMap<string, string>;
  readonly ids: NameBook;
}

export interface ZoneSensor {
  readonly id: string;
  readonly isTemperature: boolean;
  readonly criticalHigh: number | undefined;
}

export interface ConvertedZones {
  readonly zones: readonly ZoneDraft[];
  /** Sensors whose loss puts a zone into failsafe: inputs that no `MissingIsAcceptable` names. */
  readonly mustHave: ReadonlySet<string>;
  /** What could not be taken, in words to be counted. */
  readonly lost: readonly string[];
}

/** Always: what a table asks for below its second reading (its first output, whatever the first reading is). */
const ABSOLUTE_ZERO_C = -273.15;

export function convertZones(entries: readonly Expose[], parts: CoolingParts): ConvertedZones {
  const lost: string[] = [];
  const named = entries.filter(({ type }) => type === 'Pid.Zone');
  const mustHave = new Set<string>();
  const zones = named.map((zone) => new ZoneBuilder(zone, entries, parts, lost, mustHave).build());
  const known = new Set(named.map(({ name }) => name));
  for (const { type, name, fields } of entries) {
    if (type === 'Pid.Zone' || textsIn(fields, 'Zones').some((zone) => known.has(zone))) continue;
    lost.push(`${type} ${name}: its zone ${textsIn(fields, 'Zones').join(', ')} is not among the files`);
  }
  return { zones, mustHave, lost };
}

class ZoneBuilder {
  readonly #zone: Expose;
  readonly #loops: readonly Expose[];
  readonly #parts: CoolingParts;
  readonly #lost: string[];
  readonly #mustHave: Set<string>;

  constructor(zone: Expose, entries: readonly Expose[], parts: CoolingParts, lost: string[], mustHave: Set<string>) {
    this.#mustHave = mustHave;
    this.#zone = zone;
    this.#loops = entries.filter(({ fields }) => textsIn(fields, 'Zones').includes(zone.name));
    this.#parts = parts;
    this.#lost = lost;
  }

  build(): ZoneDraft {
    const fans = this.#of('Pid', 'fan');
    const pids = this.#of('Pid', 'temp');
    const steps = this.#of('Stepwise', 'temp');
    for (const loop of this.#loops) {
      if (![...fans, ...pids, ...steps].includes(loop)) {
        this.#lost.push(`${loop.type} ${loop.name}: class ${textIn(loop.fields, 'Class') ?? 'not given'}`);
      }
    }
    for (const loop of [...pids, ...steps]) {
      this.#listMissing(loop);
      this.#requireInputs(loop);
    }
    const tables = steps.flatMap((loop) => this.#tables(loop));
    const pi = this.#pi(pids);
    return {
      id: this.#parts.ids.take(this.#zone.name),
      airMovers: this.#movers(fans),
      sensors: [...new Set([...pids, ...steps].flatMap((loop) => this.#sensors(loop).map(({ id }) => id)))],
      ...(pi === null ? {} : { pi }),
      ...this.#ratioOf('MinThermalOutput', 'minRatio'),
      ...this.#ratioOf('FailSafePercent', 'failsafeRatio'),
      ...slewOf(fans),
      tables,
    };
  }

  #of(type: string, kind: string): readonly Expose[] {
    return this.#loops.filter((loop) => loop.type === type && textIn(loop.fields, 'Class')?.toLowerCase() === kind);
  }

  #movers(fans: readonly Expose[]): string[] {
    const ids = new Set<string>();
    for (const { fields, name } of fans) {
      const outputs = textsIn(fields, 'Outputs');
      for (const output of outputs.length > 0 ? outputs : textsIn(fields, 'Inputs')) {
        const mover = this.#parts.movers.get(boardName(output));
        if (mover === undefined) this.#lost.push(`Pid ${name}: no air mover for ${output}`);
        else ids.add(mover);
      }
    }
    return [...ids];
  }

  #sensors({ fields }: Expose): readonly ZoneSensor[] {
    return textsIn(fields, 'Inputs').flatMap((input) => {
      const sensor = this.#parts.sensors.get(boardName(input));
      return sensor?.isTemperature === true ? [sensor] : [];
    });
  }

  #listMissing(loop: Expose): void {
    const there = this.#sensors(loop).length;
    const inputs = textsIn(loop.fields, 'Inputs').length;
    if (there === inputs) return;
    const message = `${loop.type} ${loop.name}: ${inputs - there} of ${inputs} inputs are no temperature of a device that was taken`;
    this.#lost.push(message);
  }

  #requireInputs(loop: Expose): void {
    const acceptable = new Set(textsIn(loop.fields, 'MissingIsAcceptable').map(boardName));
    for (const input of textsIn(loop.fields, 'Inputs').map(boardName)) {
      const sensor = this.#parts.sensors.get(input);
      if (sensor?.isTemperature === true && !acceptable.has(input)) this.#mustHave.add(sensor.id);
    }
  }

  /** % of full speed for each K; a zone has one loop. Negative gains: hotter than the set point drives the output up. */
  #pi(pids: readonly Expose[]): ZoneDraft['pi'] | null {
    const [first, ...others] = pids.filter(({ fields }) => isFallingGain(fields));
    for (const other of pids) {
      if (other !== first)
        this.#lost.push(
          `Pid ${other.name}: gains and set point${others.includes(other) ? ' (a zone has one loop)' : ''}`,
        );
    }
    if (first === undefined) return null;
    const setPoint = numberIn(first.fields, 'SetPoint');
    const limits = this.#sensors(first).flatMap(({ criticalHigh }) =>
      criticalHigh === undefined ? [] : [criticalHigh],
    );
    const margin = setPoint === undefined || limits.length === 0 ? -1 : Math.min(...limits) - setPoint;
    if (margin < 0) this.#lost.push(`Pid ${first.name}: SetPoint, its sensors have no critical limit above it`);
    for (const key of ['DCoefficient', 'FFGainCoefficient', 'FFOffCoefficient', 'SlewNeg', 'SlewPos']) {
      if ((numberIn(first.fields, key) ?? 0) !== 0) this.#lost.push(`Pid ${first.name}: ${key}`);
    }
    return {
      proportionalPerK: -(numberIn(first.fields, 'PCoefficient') ?? 0) / 100,
      integralPerKS: Math.max(0, -(numberIn(first.fields, 'ICoefficient') ?? 0) / 100),
      ...(margin < 0 ? {} : { targetMarginK: margin }),
    };
  }

  #tables(loop: Expose): readonly Table[] {
    const { fields, name } = loop;
    const readings = numbersIn(fields, 'Reading');
    const outputs = numbersIn(fields, 'Output');
    const count = Math.min(readings.length, outputs.length);
    if (count === 0 || outputs.slice(0, count).some((output) => output < 0 || output > 100)) {
      this.#lost.push(`Stepwise ${name}: its outputs are no percentages`);
      return [];
    }
    if ((numberIn(fields, 'PositiveHysteresis') ?? 0) !== 0) this.#lost.push(`Stepwise ${name}: PositiveHysteresis`);
    const steps = outputs.slice(0, count).map((output, i) => ({
      atC: i === 0 ? ABSOLUTE_ZERO_C : (readings[i] ?? 0),
      ratio: output / 100,
    }));
    const hysteresisK = Math.max(0, numberIn(fields, 'NegativeHysteresis') ?? 0);
    return this.#sensors(loop).map(({ id }) => ({ sensor: id, hysteresisK, steps }));
  }

  /** Some boards count in rpm: that is not ours. */
  #ratioOf(key: string, name: 'minRatio' | 'failsafeRatio'): Partial<ZoneDraft> {
    const percent = numberIn(this.#zone.fields, key);
    if (percent === undefined) return {};
    if (percent >= 0 && percent <= 100) return { [name]: percent / 100 };
    this.#lost.push(`Pid.Zone ${this.#zone.name}: ${key} ${percent} is no percentage`);
    return {};
  }
}

function isFallingGain(fields: Fields): boolean {
  return (numberIn(fields, 'PCoefficient') ?? 0) <= 0 && (numberIn(fields, 'ICoefficient') ?? 0) <= 0;
}

/** In % a second; 0 = not limited, which leaves ours. */
function slewOf(fans: readonly Expose[]): Partial<ZoneDraft> {
  const slews = fans.map(({ fields }) => Math.abs(numberIn(fields, 'SlewNeg') ?? 0)).filter((slew) => slew > 0);
  return slews.length === 0 ? {} : { slewDownPerS: Math.min(...slews) / 100 };
}

function numbersIn(fields: Fields, key: string): readonly number[] {
  const value = fields[key];
  if (!Array.isArray(value)) return [];
  const end = value.findIndex((one) => typeof one !== 'number' || !Number.isFinite(one));
  return (end < 0 ? value : value.slice(0, end)) as readonly number[];
}
