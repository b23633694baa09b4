// How coldslot speaks MQTT: version 5 where the broker has it, 3.1.1 otherwise (a 3.1.1 broker refuses version 5 with
// connack code 1, MQTT 3.1.1 §3.2.2.3; a version 5 broker that wants another answers 0x84). Options for MQTT.js.

export interface MqttWill {
  readonly topic: string;
  readonly payload: string;
}

const UNACCEPTABLE_PROTOCOL_VERSION = 1;
const UNSUPPORTED_PROTOCOL_VERSION = 0x84;
/** A persistent session outlives a connection that is lost for so long. */
const SESSION_S = 600;

/** Options of mqtt.connect. `persistent`: QoS 1 messages wait for this client while it is away. */
export function mqttOptions(clientId: string, will: MqttWill | null, persistent: boolean) {
  return {
    clientId,
    protocolVersion: 5 as const,
    clean: !persistent,
    ...(persistent ? { properties: { sessionExpiryInterval: SESSION_S } } : {}),
    keepalive: 10,
    connectTimeout: 5000,
    reconnectPeriod: 500,
    reconnectOnConnackError: true,
    resubscribe: false, // MqttBus subscribes on every connect
    queueQoSZero: false,
    ...(will === null
      ? {}
      : { will: { topic: will.topic, payload: Buffer.from(will.payload), qos: 1 as const, retain: true } }),
  };
}

export interface DialectClient {
  readonly options: { protocolVersion?: 3 | 4 | 5 | undefined };
  on(event: 'error', listener: (error: Error & { code?: unknown }) => void): unknown;
}

/** Makes a client fall back to 3.1.1 when the broker refuses version 5; other errors go to `onError`. */
export function speakEitherVersion(client: DialectClient, onError: (error: Error) => void): void {
  client.on('error', (error) => {
    const refused = error.code === UNACCEPTABLE_PROTOCOL_VERSION || error.code === UNSUPPORTED_PROTOCOL_VERSION;
    if (refused && client.options.protocolVersion === 5) client.options.protocolVersion = 4;
    else onError(error);
  });
}
