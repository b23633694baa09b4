// Fans: an entry for each tachometer (`Index`, from 0), bound to a connector with the PWM output (`Pwm`, from 0). The
// kernel owns their controllers, so they become hwmon fans, whose channels count from 1 (dbus-sensors, FanMain.cpp).
import { HWMON_FAN } from '../chip-catalogue.ts';
import { isFields, numberIn, textIn, type Expose, type Fields } from './configuration.ts';
import { placeOf, unusedKeys, type ConversionContext, type ConvertedFan } from './conversion.ts';
import { limitsOf, thresholdsOf } from './limits.ts';

export const FAN_TYPES: ReadonlySet<string> = new Set(['I2CFan', 'AspeedFan', 'NuvotonFan', 'HPEFan', 'TachSensor']);

const USED = new Set(['Index', 'Thresholds', 'Connector', 'BindConnector', 'MaxReading']);

/** null where it has no index or its controller has no such channel. */
export function convertFan(entry: Expose, { catalogue, connectors }: ConversionContext): ConvertedFan | null {
  const { fields, type, name } = entry;
  const place = placeOf(fields);
  if (place === null && type === 'I2CFan') return null;
  const facts = catalogue.get(HWMON_FAN);
  const number = (numberIn(fields, 'Index') ?? Number.NaN) + 1;
  if (facts === undefined || !facts.channels.includes(`fan${number}`)) return null;
  const { limits, hysteresis, lost } = limitsOf(thresholdsOf(fields), `fan${number}`);
  const connector = connectorOf(fields, connectors);
  const pwm = pwmOf(connector);
  const isPwmThere = pwm !== null && pwm.channel <= (facts.pwmCount ?? 0);
  return {
    kind: 'fan',
    name,
    place,
    tachometer: { channel: `fan${number}`, name, limits, hysteresis },
    pwm: isPwmThere ? pwm : null,
    maxReadingRpm: numberIn(fields, 'MaxReading'),
    lost: [
      ...lost,
      ...(isPwmThere ? [] : [`${type} without a PWM output: a tachometer only`]),
      ...unusedKeys(fields, USED),
    ],
  };
}

function connectorOf(fields: Fields, connectors: ReadonlyMap<string, Fields>): Fields | undefined {
  const own = fields['Connector'];
  if (isFields(own)) return own;
  return connectors.get(textIn(fields, 'BindConnector') ?? '');
}

/** Without a name of its own an output is `Pwm_1`, `Pwm_2`, … */
function pwmOf(connector: Fields | undefined): ConvertedFan['pwm'] {
  const number = connector === undefined ? undefined : numberIn(connector, 'Pwm');
  if (connector === undefined || number === undefined || !Number.isInteger(number) || number < 0) return null;
  return { channel: number + 1, name: textIn(connector, 'PwmName') ?? `Pwm_${number + 1}` };
}
