// Commands that show the chassis: they read the controller's view and compute nothing of their own.
import {
  isOpenMove,
  type ChassisView,
  type MoveView,
  type SensorView,
  type SlotView,
  type ZoneView,
} from '../core/view.ts';
import { ColdslotError } from '../core/errors.ts';
import { bytesInWords } from '../surfaces/console/move-lines.ts';
import { quantity, table, type Align } from '../surfaces/console/table.ts';
import type { Output } from './output.ts';

const UNIT_WORDS: Readonly<Record<string, string>> = { C: 'degrees C', V: 'Volts', A: 'Amps', W: 'Watts', rpm: 'RPM' };
/** ipmitool's words for a sensor's state. */
const IPMI_STATE: Readonly<Record<SensorView['state'], string>> = {
  ok: 'ok',
  warning: 'nc',
  critical: 'cr',
  absent: 'ns',
  timeout: 'ns',
  fault: 'ns',
};

export function statusCommand(view: ChassisView): Output {
  const open = view.moves.filter(isOpenMove).length;
  const zones = view.zones.map(zoneText).join('; ');
  const reason = view.plan?.moves[0]?.reason.text;
  const lines = [
    ['chassis', `${view.chassis} (${view.name}), coldslot ${view.version}, up since ${view.startedAt}`],
    ['guardian', view.guardian],
    ['zones', zones],
    ['air in', quantity(view.ambientC, '°C')],
    ['slots', countBy(view.slots.map((slot) => (slot.sled === null ? 'empty' : slot.state)))],
    ...view.slots.filter(isNotable).map((slot) => ['', `slot ${slot.slot} ${slot.state}: ${slot.reason}`]),
    ...view.drift.map(({ text }, index) => [index === 0 ? 'drift' : '', text]),
    ['fans', countBy(view.fans.map((fan) => fan.state))],
    ['workloads', countBy(view.workloads.map((workload) => workload.state))],
    ['moves', `${open} open${view.movesAllowed ? '' : '; moves are switched off'}`],
    ['plan', reason ?? (view.plan === null ? 'none yet' : 'the work is where it should be')],
  ];
  const text = lines.flatMap(([name = '', value = '']) => (value === '' ? [] : [`${name.padEnd(10)}${value}`]));
  return { json: view, text: text.join('\n') };
}

function zoneText(zone: ZoneView): string {
  const leader = zone.leadingSensor === null ? '' : `, led by ${zone.leadingSensor}`;
  return `${zone.id} ${zone.mode} at ${percent(zone.ratio)}${leader}`;
}

function isNotable(slot: SlotView): boolean {
  return slot.sled !== null && slot.state !== 'ok' && slot.reason !== null;
}

export function sdrCommand(view: ChassisView): Output {
  return {
    json: view.sensors,
    text: table(view.sensors.map((sensor) => [sensor.name, reading(sensor), IPMI_STATE[sensor.state]])),
  };
}

export function sensorCommand(view: ChassisView): Output {
  const rows = view.sensors.map((sensor) => [
    sensor.name,
    sensor.value === null ? 'na' : sensor.value.toFixed(3),
    UNIT_WORDS[sensor.unit] ?? sensor.unit,
    sensor.state,
  ]);
  return { json: view.sensors, text: table(rows, ['left', 'right']) };
}

export function chassisStatusCommand(view: ChassisView): Output {
  const powered = view.slots.filter((slot) => slot.sled?.power === 'on').length;
  const json = {
    chassis: view.chassis,
    guardian: view.guardian,
    sledsOn: powered,
    coolingFault: view.fans.some((fan) => fan.state === 'degraded' || fan.state === 'failed'),
    overLimit: view.slots.filter((slot) => slot.state === 'hot').map((slot) => slot.slot),
  };
  const text = [
    `System Power         : ${powered > 0 ? 'on' : 'off'}`,
    `Sleds with power     : ${powered} of ${view.slots.length} slots`,
    `Cooling/Fan Fault    : ${json.coolingFault}`,
    `Slots over limit     : ${json.overLimit.length === 0 ? 'none' : json.overLimit.join(', ')}`,
    `Guardian             : ${view.guardian}`,
  ].join('\n');
  return { json, text };
}

/** @param asked Null = all slots. */
export function powerStatusCommand(view: ChassisView, asked: number | null): Output {
  const slots = view.slots
    .filter(({ slot }) => asked === null || slot === asked)
    .map(({ slot, sled, reason }) => ({ slot, power: sled?.power ?? null, reason }));
  if (slots.length === 0) throw new ColdslotError('bad-input', `slot ${asked}`, 'there is no such slot');
  const rows = slots.map(({ slot, power, reason }) => [
    `slot ${slot}`,
    power ?? 'empty',
    power === 'off' ? (reason ?? '') : '',
  ]);
  return { json: slots, text: table(rows) };
}

export function fanListCommand(view: ChassisView): Output {
  const rows = view.fans.map((fan) => [
    fan.id,
    percent(fan.ratio),
    fan.rpm.map((rpm) => (rpm === null ? 'no reading' : `${rpm} RPM`)).join(', '),
    fan.state,
  ]);
  return { json: view.fans, text: rows.length === 0 ? 'no fans' : table(rows, ['left', 'right', 'right']) };
}

export function slotListCommand(view: ChassisView): Output {
  const rows = view.slots.map((slot) =>
    slot.sled === null
      ? [`slot ${slot.slot}`, 'empty']
      : [
          `slot ${slot.slot}`,
          slot.sled.id,
          quantity(slot.temperatureC, '°C'),
          slot.marginK === null ? '' : `margin ${slot.marginK.toFixed(1).padStart(5)} K`,
          quantity(slot.powerW, 'W', 0),
          predictionInWords(slot),
          slot.state,
          slot.reason ?? '',
        ],
  );
  return { json: view.slots, text: table(rows, ['left', 'left', 'right', 'right', 'right']) };
}

function predictionInWords({ prediction }: ChassisView['slots'][number]): string {
  if (prediction === null) return '';
  const { inS, temperatureC, lowC, highC } = prediction;
  return `in ${inS / 60} min ${temperatureC.toFixed(1)} °C (${lowC.toFixed(1)} to ${highC.toFixed(1)})`;
}

export function workloadListCommand(view: ChassisView): Output {
  const rows = view.workloads.map((workload) => [
    workload.id,
    `slot ${workload.slot}`,
    workload.kind,
    workload.state,
    quantity(workload.powerW, 'W'),
    `${workload.cpuRatio.toFixed(2)} cores`,
    bytesInWords(workload.memoryBytes),
    `epoch ${workload.epoch}`,
    workload.pinned ? 'pinned' : '',
  ]);
  const align: Align[] = ['left', 'left', 'left', 'left', 'right', 'right', 'right', 'right'];
  return { json: view.workloads, text: rows.length === 0 ? 'no agent announces a workload' : table(rows, align) };
}

export function moveListCommand(view: ChassisView): Output {
  const rows = view.moves.map((move) => [
    move.id,
    move.workload,
    `slot ${move.from} → ${move.to}`,
    move.trigger,
    move.state,
    gap(move),
    move.error ?? '',
  ]);
  return { json: view.moves, text: rows.length === 0 ? 'nothing has been moved' : table(rows) };
}

export function moveShowCommand(view: ChassisView, id: string): Output {
  const move = view.moves.find((entry) => entry.id === id);
  if (move === undefined)
    throw new ColdslotError('not-found', `move ${id}`, 'there is no such Move', 'see: coldslot move list');
  const events = view.events.filter(
    (event) => event.source === `move/${id}` || event.source === `workload/${move.workload}`,
  );
  const lines = [
    `move      ${move.id}: ${move.workload}, slot ${move.from} → ${move.to}, by ${move.trigger}`,
    `state     ${move.state}, epoch ${move.epoch}, last change ${move.at}`,
    `shipped   ${bytesInWords(move.progress.bytes)} in ${move.progress.rounds} ${move.progress.rounds === 1 ? 'round' : 'rounds'}`,
    ...(move.downtimeMs === null ? [] : [`gap       ${seconds(move.downtimeMs)}`]),
    ...(move.error === null ? [] : [`error     ${move.error}`]),
    ...events.map((event) => `${event.at.slice(11, 19)}  ${event.text}`),
  ];
  return { json: move, text: lines.join('\n') };
}

function reading(sensor: SensorView): string {
  return sensor.value === null ? sensor.state : `${sensor.value} ${UNIT_WORDS[sensor.unit] ?? sensor.unit}`;
}

function gap(move: MoveView): string {
  return move.downtimeMs === null ? '' : `gap ${seconds(move.downtimeMs)}`;
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(2)} s`;
}

function countBy(words: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  return counts.size === 0 ? 'none' : [...counts].map(([word, count]) => `${count} ${word}`).join(', ');
}

function percent(ratio: number): string {
  return `${Math.round(ratio * 100)} %`;
}
