// The controller's connection to the broker: an MQTT.js client behind the Bus port.
import { connect } from 'mqtt';
import type { Bus } from '../../core/ports.ts';
import { ColdslotError } from '../../core/errors.ts';
import { CONTROLLER_NAME } from '../../protocols/enrolment.ts';
import { clientTls, type Identity } from '../../protocols/tls-identity.ts';
import { MqttBus } from '../../protocols/bus-over-mqtt.ts';
import { writePacketsWithoutTable } from '../../protocols/mqtt-packets.ts';
import { mqttOptions, speakEitherVersion, type MqttWill } from '../../protocols/mqtt-dialect.ts';

export interface MqttConnection {
  readonly url: string;
  readonly clientId: string;
  readonly will: MqttWill;
  /** Its own certificate; null on a broker without TLS. */
  readonly identity?: Identity | null;
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
  writePacketsWithoutTable();
  const { identity = null } = connection;
  const tls = identity === null ? {} : clientTls(identity, CONTROLLER_NAME);
  const client = connect(connection.url, { ...mqttOptions(connection.clientId, connection.will, true), ...tls });
  speakEitherVersion(client, connection.onError);
  const bus = new MqttBus(client);
  client.on('connect', connection.onConnect);
  return bus;
}
