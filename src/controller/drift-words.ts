// Drift in words: the event for what was found, found again under another name, or is over; and the line that shows it.
import type { Board } from '../board/schema.ts';
import { assertNever } from '../core/errors.ts';
import type { DriftView } from '../core/view.ts';
import type { DriftCause, DriftChange, DriftFinding, DriftSensor } from '../thermal/drift-cause.ts';
import type { EventInput } from './event-log.ts';

export function driftEvent(board: Board, change: DriftChange): EventInput {
  const { finding } = change;
  const source = sourceOf(board, finding.cause);
  const data = dataOf(finding);
  switch (change.kind) {
    case 'gone':
      return { severity: 'info', source, code: 'drift-none', text: overText(board, finding.cause), data };
    case 'found':
      return { severity: 'warning', source, code: codeOf(finding.cause), text: findingText(board, finding), data };
    case 'named':
      return {
        severity: 'warning',
        source,
        code: codeOf(finding.cause),
        text: `on a second look: ${findingText(board, finding)}`,
        data: { ...data, before: codeOf(change.before), beforeSource: sourceOf(board, change.before) },
      };
    default:
      return assertNever(change, 'drift change');
  }
}

export function driftView(board: Board, finding: DriftFinding): DriftView {
  const { cause } = finding;
  return { source: sourceOf(board, cause), code: codeOf(cause), text: findingText(board, finding) };
}

function codeOf(cause: DriftCause): string {
  return `drift-${cause.kind}`;
}

function sourceOf(board: Board, cause: DriftCause): string {
  switch (cause.kind) {
    case 'slot-blocked':
      return `slot/${slotNumber(board, cause.slot)}`;
    case 'fan-weak':
      return `fan/${moverId(board, cause.mover)}`;
    case 'filter':
      return 'chassis';
    case 'sensor':
      return `sensor/${sensorName(board, cause.sensor)}`;
    default:
      return assertNever(cause, 'drift cause');
  }
}

function findingText(board: Board, finding: DriftFinding): string {
  const { cause, growth } = finding;
  const air = percent(finding.magnitude);
  const grown = growth === 'slow' ? ', less and less for hours' : '';
  switch (cause.kind) {
    case 'slot-blocked':
      return `slot ${slotNumber(board, cause.slot)} gets only about ${air} of its air${grown} (${sure(finding)}): something blocks its way; look for cables, a cover or dust in front of the sled`;
    case 'fan-weak': {
      const fan = moverId(board, cause.mover);
      return finding.isMeasured
        ? `${fan} turns at only ${air} of the speed that it had at the same command: look at its bearing and its supply`
        : `${fan} brings only about ${air} of its air (${sure(finding)}) though its tachometer shows the right speed: look at its blades and at what is in front of it`;
    }
    case 'filter':
      return `all slots get only about ${air} of their air${grown} (${sure(finding)}): look at the filter`;
    case 'sensor':
      return sensorText(board, finding, cause);
    default:
      return assertNever(cause, 'drift cause');
  }
}

function sensorText(board: Board, finding: DriftFinding, cause: Extract<DriftCause, { kind: 'sensor' }>): string {
  const name = sensorName(board, cause.sensor);
  if (cause.fault === 'stuck') return `${name} shows the same all the time: it measures no more; check the sensor`;
  if (cause.fault === 'noisy') return `${name} jitters far more than it did: check the sensor and its wires`;
  const { magnitude } = finding;
  if (cause.sensor.of === 'power')
    return `${name} shows ${percent(magnitude)} of what the heat of slot ${slotNumber(board, cause.sensor.slot)} tells (${sure(finding)}): check the sensor`;
  const way = magnitude > 0 ? 'high' : 'low';
  const against = cause.sensor.of === 'ambient' ? 'against all slots' : 'whatever the power and the air';
  return `${name} reads about ${Math.abs(magnitude).toFixed(1)} K too ${way}, ${against} (${sure(finding)}): check the sensor`;
}

function overText(board: Board, cause: DriftCause): string {
  switch (cause.kind) {
    case 'slot-blocked':
      return `the air path of slot ${slotNumber(board, cause.slot)} is as it was`;
    case 'fan-weak':
      return `${moverId(board, cause.mover)} is as it was`;
    case 'filter':
      return 'all slots get their air again';
    case 'sensor':
      return `${sensorName(board, cause.sensor)} can be believed again`;
    default:
      return assertNever(cause, 'drift cause');
  }
}

function dataOf({ cause, magnitude, confidence, growth }: DriftFinding): Record<string, unknown> {
  const figures = { confidence: Number(confidence.toFixed(3)), growth };
  switch (cause.kind) {
    case 'slot-blocked':
      return { openness: round(magnitude), ...figures };
    case 'fan-weak':
    case 'filter':
      return { flowRatio: round(magnitude), ...figures };
    case 'sensor':
      if (cause.fault !== 'offset') return { fault: cause.fault, ...figures };
      return cause.sensor.of === 'power'
        ? { fault: 'offset', factor: round(magnitude), ...figures }
        : { fault: 'offset', offsetK: round(magnitude), ...figures };
    default:
      return assertNever(cause, 'drift cause');
  }
}

function sensorName(board: Board, sensor: DriftSensor): string {
  if (sensor.of === 'ambient') return board.ambientSensor ?? 'ambient';
  return board.slots[sensor.slot]?.sensors[sensor.of] ?? `${sensor.of} of slot ${slotNumber(board, sensor.slot)}`;
}

function slotNumber(board: Board, index: number): number {
  return board.slots[index]!.number;
}

function moverId(board: Board, index: number): string {
  return board.airMovers[index]!.id;
}

function percent(part: number): string {
  return `${Math.round(part * 100)} %`;
}

function sure({ confidence }: DriftFinding): string {
  return `${Math.min(99, Math.floor(confidence * 100))} % sure`;
}

function round(value: number): number {
  return Number(value.toFixed(3));
}
