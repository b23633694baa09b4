// The controller's connection to the broker: an MQTT.js client behind the Bus port.
import { connect } from 'mqtt';
import type { Bus } from '../../core/ports.ts';
import { ColdslotError } from '../../core/errors.ts';
import { MqttBus } from '../../protocols/bus-over-mqtt.ts';
import { mqttOptions, speakEitherVersion, type MqttWill } from '../../protocols/mqtt-dialect.ts';

export interface MqttConnection {
  readonly url: string;
  readonly clientId: string;
  readonly will: MqttWill;
  readonly onError: (error: Error) => void;
  readonly onConnect: () => void;
}

/** Connects now and for ever again. @throws ColdslotError when the URL is not one of a broker */
export function openMqtt(connection: MqttConnection): Bus {
  if (!/^(mqtt|mqtts|ws|wss|tcp):\/\/[^/]+/.test(connection.url)) {
    throw new ColdslotError(
      'usage',
      '--broker',
      `'${connection.url}' is not a broker's URL`,
      'expected mqtt://HOST:PORT',
    );
  }
  const client = connect(connection.url, mqttOptions(connection.clientId, connection.will, true));
  speakEitherVersion(client, connection.onError);
  const bus = new MqttBus(client);
  client.on('connect', connection.onConnect);
  return bus;
}
