// entity-manager's Labels name a reading as the kernel labels it: `in1`, PMBus' `vin`, `iout1`, IIO's `in_voltage2`.
// Our boards name the chip's hwmon channel.

/** PMBus readings in the order that Linux numbers them within voltage, current and power (pmbus_core.c). */
const PMBUS = /^(?:max)?(vin|vmon|vcap|vout|iin|iout|pin|pout)(\d*)$/;
const classes = {
  in: ['vin', 'vmon', 'vcap', 'vout'],
  curr: ['iin', 'iout'],
  power: ['pin', 'pout'],
} as const;
/** An INA233 has one voltage pin, which READ_VIN and READ_VOUT both give; in2 is its shunt. */
const exceptions: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  ina233: { vin: 'in1', vmon: 'in2', vout1: 'in1' },
};
const IIO = /^in_(voltage|current|power)(\d+)$/;
const iioClass: Readonly<Record<string, string>> = { voltage: 'in', current: 'curr', power: 'power' };

/**
 * The channel of the chip, or null when it has none such. `labels`: channels by what Linux calls them, for chips where
 * that is known; nothing is guessed then.
 */
export function channelOfLabel(
  label: string,
  chip: string,
  channels: readonly string[],
  labels: Readonly<Record<string, string>> = {},
): string | null {
  const plain = label.replace(/_input$/, '');
  if (Object.keys(labels).length > 0) return knownLabel(plain, labels) ?? (channels.includes(plain) ? plain : null);
  const exception = Object.hasOwn(exceptions, chip) ? exceptions[chip]?.[plain] : undefined;
  const wanted =
    exception ?? (channels.includes(plain) ? plain : (pmbusChannel(plain, channels) ?? iioChannel(plain, channels)));
  return wanted !== null && channels.includes(wanted) ? wanted : null;
}

/** A number 1 may be left out, or given where Linux has none. */
function knownLabel(label: string, labels: Readonly<Record<string, string>>): string | null {
  const found = [label, `${label}1`, label.replace(/1$/, '')].find((one) => Object.hasOwn(labels, one));
  return found === undefined ? null : (labels[found] ?? null);
}

/** `max…` are peak values, not readings. */
function pmbusChannel(label: string, channels: readonly string[]): string | null {
  const [, quantity = '', page = ''] = label.startsWith('max') ? [] : (PMBUS.exec(label) ?? []);
  for (const [kind, quantities] of Object.entries(classes)) {
    if (!(quantities as readonly string[]).includes(quantity)) continue;
    const own = channels.filter((channel) => channel.replace(/\d+$/, '') === kind).toSorted(byNumber);
    if (own.length === 1) return own[0] ?? null;
    const isOutput = quantity.endsWith('out');
    if (!isOutput) return quantity.endsWith('in') && Number(page || 1) === 1 ? (own[0] ?? null) : null;
    return own[Number(page || 1)] ?? null;
  }
  return null;
}

function iioChannel(label: string, channels: readonly string[]): string | null {
  const [, quantity = '', number = ''] = IIO.exec(label) ?? [];
  const kind = iioClass[quantity];
  if (kind === undefined) return null;
  const own = channels.filter((channel) => channel.replace(/\d+$/, '') === kind);
  return own.length === 1 ? (own[0] ?? null) : `${kind}${number}`;
}

function byNumber(a: string, b: string): number {
  return Number(/\d+$/.exec(a)?.[0]) - Number(/\d+$/.exec(b)?.[0]);
}
