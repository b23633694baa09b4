// Converted entries → the parts of a board file. What a board needs and entity-manager does not know stays out.
import type * as z from 'zod';
import type { airMoverSchema, busSchema, deviceSchema, muxSchema } from '../schema.ts';
import { HWMON_FAN } from '../chip-catalogue.ts';
import type { Expose } from './configuration.ts';
import type { ConvertedChannel, ConvertedDevice, ConvertedFan, ConvertedMux, Place } from './conversion.ts';
import { boardName, NameBook } from './names.ts';
import { convertZones, type ZoneDraft, type ZoneSensor } from './zones.ts';

type Draft<T> = { -readonly [K in keyof T]?: T[K] };
type DeviceDraft = Draft<z.input<typeof deviceSchema>> & { readonly id: string; channels: ChannelDraft[] };
type ChannelDraft = NonNullable<z.input<typeof deviceSchema>['channels']>[number];
type MoverDraft = Draft<z.input<typeof airMoverSchema>>;
type TachometerDraft = { device: string; channel: number; fullRpm?: number };

export interface BoardDraft {
  readonly buses: readonly z.input<typeof busSchema>[];
  readonly muxes: readonly z.input<typeof muxSchema>[];
  readonly devices: readonly DeviceDraft[];
  readonly airMovers: readonly MoverDraft[];
  readonly zones: readonly ZoneDraft[];
}

export interface Note {
  /** JSON path in the board file. */
  readonly path: string;
  readonly message: string;
}

export interface Drafted {
  readonly board: BoardDraft;
  /** Taken with a guess that somebody should look at. */
  readonly notes: readonly Note[];
  readonly lost: readonly string[];
  /** Entries whose bus and address another entry has. */
  readonly conflicts: readonly Conflict[];
}

export interface Conflict {
  readonly text: string;
  readonly isAddressed: boolean;
}

export type Part = ConvertedDevice | ConvertedMux | ConvertedFan;

/** The processor's own fans have no address; on a hwmon bus it only tells devices apart. */
const SOC_ADDRESS = '0x08';
const SOC_FANS = 'hwmon';

export function draftBoard(parts: readonly Part[], cooling: readonly Expose[]): Drafted {
  const builder = new DraftBuilder();
  for (const part of parts) builder.add(part);
  return builder.finish(cooling);
}

class DraftBuilder {
  readonly #buses = new Map<string, z.input<typeof busSchema>>();
  readonly #muxes: z.input<typeof muxSchema>[] = [];
  readonly #devices: DeviceDraft[] = [];
  readonly #movers = new Map<string, MoverDraft & { tachometers: TachometerDraft[] }>();
  readonly #fanDevices = new Map<string, DeviceDraft>();
  readonly #occupied = new Map<string, string>();
  readonly #sensors = new Map<string, ZoneSensor>();
  readonly #moverNames = new Map<string, string>();
  readonly #deviceIds = new NameBook();
  readonly #busIds = new NameBook();
  readonly #sensorIds = new NameBook();
  readonly #moverIds = new NameBook();
  readonly #notes: Note[] = [];
  readonly #lost: string[] = [];
  readonly #conflicts: Conflict[] = [];

  add(part: Part): void {
    if (part.kind !== 'fan' && !this.#occupy(part.place, part)) return;
    switch (part.kind) {
      case 'device':
        return this.#addDevice(part);
      case 'mux':
        return this.#addMux(part);
      case 'fan':
        return this.#addFan(part);
    }
  }

  finish(cooling: readonly Expose[]): Drafted {
    const parts = { sensors: this.#sensors, movers: this.#moverNames, ids: new NameBook() };
    const { zones, mustHave, lost } = convertZones(cooling, parts);
    for (const channel of this.#devices.flatMap(({ channels }) => channels)) {
      if (mustHave.has(channel.sensor)) channel.mustHave = true;
    }
    return {
      board: {
        buses: [...this.#buses.values()],
        muxes: this.#muxes,
        devices: this.#devices,
        airMovers: [...this.#movers.values()] as MoverDraft[],
        zones,
      },
      notes: [...this.#notes, ...this.#missingLimits(), ...this.#guessedSpeeds()],
      lost: [...this.#lost, ...lost],
      conflicts: this.#conflicts,
    };
  }

  #addDevice({ name, place, chip, channels, assumption, usesShunt, lost }: ConvertedDevice): void {
    this.#lost.push(...lost);
    const path = `$.devices[${this.#devices.length}]`;
    if (assumption !== null) this.#notes.push({ path: `${path}.chip`, message: assumption });
    if (usesShunt) {
      const message =
        'the shunt resistor: entity-manager does not say it, and without it what Linux assumes for the chip is taken';
      this.#notes.push({ path: `${path}.shuntMicroOhm`, message });
    }
    const id = this.#deviceIds.take(name);
    const bus = this.#i2cBus(place.bus);
    const device: DeviceDraft = { id, chip, bus, address: hex(place.address), channels: [] };
    device.channels = channels.map((channel) => this.#channel(channel));
    this.#devices.push(device);
  }

  #addMux({ name, place, chip, channels, lost }: ConvertedMux): void {
    this.#lost.push(...lost);
    const id = this.#deviceIds.take(name);
    this.#muxes.push({
      id,
      chip,
      bus: this.#i2cBus(place.bus),
      address: hex(place.address),
      channels: channels.map(({ channel, name: own }) => ({
        channel,
        id: this.#busIds.take(own ?? `${id}-${channel}`),
      })),
    });
  }

  #addFan(fan: ConvertedFan): void {
    const device = this.#fanDevice(fan.place);
    if (device.channels.some(({ channel }) => channel === fan.tachometer.channel)) {
      const text = `${fan.name}: another entry has ${fan.tachometer.channel} of ${device.id}`;
      this.#conflicts.push({ text, isAddressed: fan.place !== null });
      return;
    }
    this.#lost.push(...fan.lost);
    device.channels.push(this.#channel(fan.tachometer));
    if (fan.pwm === null) return;
    const key = `${device.id} ${fan.pwm.channel}`;
    const mover = this.#movers.get(key) ?? {
      id: this.#moverIds.take(fan.pwm.name),
      pwm: { device: device.id, channel: fan.pwm.channel },
      tachometers: [],
    };
    this.#movers.set(key, mover);
    const channel = Number(fan.tachometer.channel.slice('fan'.length));
    mover.tachometers.push({
      device: device.id,
      channel,
      ...(fan.maxReadingRpm === undefined ? {} : { fullRpm: fan.maxReadingRpm }),
    });
    for (const name of [fan.pwm.name, fan.name]) this.#moverNames.set(boardName(name), mover.id ?? '');
  }

  /** The kernel's hwmon device of the controller, and one for those of the processor. */
  #fanDevice(place: Place | null): DeviceDraft {
    const key = place === null ? SOC_FANS : `${place.bus} ${place.address}`;
    const known = this.#fanDevices.get(key);
    if (known !== undefined) return known;
    const bus = place === null ? SOC_FANS : `hwmon-${place.bus}`;
    if (!this.#buses.has(bus)) this.#buses.set(bus, { id: this.#busIds.take(bus), kind: 'hwmon' });
    const kernelName = place === null ? null : `${place.bus}-${place.address.toString(16).padStart(4, '0')}`;
    const device: DeviceDraft = {
      id: this.#deviceIds.take(kernelName === null ? 'fans' : `fans-${kernelName}`),
      chip: HWMON_FAN,
      bus,
      address: place === null ? SOC_ADDRESS : hex(place.address),
      via: 'hwmon',
      hwmon: (kernelName === null ? {} : { device: kernelName }) as { name: string },
      channels: [],
    };
    this.#fanDevices.set(key, device);
    this.#devices.push(device);
    return device;
  }

  #channel({ channel, name, limits, hysteresis }: ConvertedChannel): ChannelDraft {
    const sensor = this.#sensorIds.take(name);
    const isTemperature = channel.startsWith('temp');
    // Loops name a sensor as entity-manager does: the first that has the name
    const key = boardName(name);
    if (!this.#sensors.has(key))
      this.#sensors.set(key, { id: sensor, isTemperature, criticalHigh: limits.criticalHigh });
    return { channel, sensor, limits, ...(hysteresis === undefined ? {} : { hysteresis }) };
  }

  #i2cBus(number: number): string {
    const id = `i2c-${number}`;
    if (!this.#buses.has(id)) this.#buses.set(id, { id: this.#busIds.take(id), kind: 'i2c', number });
    return id;
  }

  #occupy({ bus, address }: Place, { name }: Part): boolean {
    const key = `${hex(address)} on bus ${bus}`;
    const other = this.#occupied.get(key);
    if (other === undefined) this.#occupied.set(key, name);
    else this.#conflicts.push({ text: `${name}: ${other} has ${key}`, isAddressed: true });
    return other === undefined;
  }

  #missingLimits(): readonly Note[] {
    return this.#devices.flatMap(({ channels }, d) =>
      channels.flatMap(({ channel, limits }, c) => {
        if (!channel.startsWith('temp') || limits?.criticalHigh !== undefined) return [];
        const path = `$.devices[${d}].channels[${c}].limits.criticalHigh`;
        return [{ path, message: 'its limit: every temperature must have one' }];
      }),
    );
  }

  #guessedSpeeds(): readonly Note[] {
    return [...this.#movers.values()].flatMap(({ tachometers }, m) =>
      tachometers.flatMap(({ fullRpm }, t) => {
        if (fullRpm === undefined) return [];
        const path = `$.airMovers[${m}].tachometers[${t}].fullRpm`;
        return [
          { path, message: `the speed at full duty: ${fullRpm} is the end of entity-manager’s scale (MaxReading)` },
        ];
      }),
    );
  }
}

function hex(address: number): string {
  return `0x${address.toString(16).padStart(2, '0')}`;
}
