import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { describe, it } from 'node:test';
import { mqttOptions, speakEitherVersion, type DialectClient } from '../../src/protocols/mqtt-dialect.ts';

class FakeClient extends EventEmitter implements DialectClient {
  readonly options: DialectClient['options'] = { protocolVersion: 5 };

  fail(message: string, code?: number): void {
    this.emit('error', Object.assign(new Error(message), { code }));
  }
}

describe('the version of MQTT that is spoken', () => {
  const client = () => {
    const made = new FakeClient();
    const errors: string[] = [];
    speakEitherVersion(made, (error) => errors.push(error.message));
    return { made, errors };
  };

  for (const [what, code] of [
    ['a 3.1.1 broker, return code 1 (MQTT 3.1.1 §3.2.2.3)', 1],
    ['a version 5 broker, reason code 0x84 (MQTT 5 §3.2.2.2)', 0x84],
  ] as const)
    it(`is 3.1.1 after a refusal by ${what}`, () => {
      const { made, errors } = client();
      made.fail('Connection refused: unacceptable protocol version', code);
      assert.equal(made.options.protocolVersion, 4);
      assert.deepEqual(errors, []);
      made.fail('Connection refused: unacceptable protocol version', code); // 3.1.1 is refused too: that is an error
      assert.equal(errors.length, 1);
    });

  it('stays 5 after any other error, which is told', () => {
    const { made, errors } = client();
    made.fail('Connection refused: Not authorized', 0x87);
    made.fail('connect ECONNREFUSED');
    assert.equal(made.options.protocolVersion, 5);
    assert.deepEqual(errors, ['Connection refused: Not authorized', 'connect ECONNREFUSED']);
  });
});

describe('the options of a connection', () => {
  it('carry the Will, retained and with QoS 1', () => {
    const { will } = mqttOptions('c1', { topic: 't', payload: '{}' }, true);
    assert.deepEqual(will, { topic: 't', payload: Buffer.from('{}'), qos: 1, retain: true });
    assert.equal('will' in mqttOptions('c1', null, true), false);
  });

  it('keep a session for a client that asks for it, with an end', () => {
    const persistent = mqttOptions('c1', null, true);
    assert.equal(persistent.clean, false);
    assert.deepEqual(persistent.properties, { sessionExpiryInterval: 600 });
    const passing = mqttOptions('c1', null, false);
    assert.equal(passing.clean, true);
    assert.equal(passing.properties, undefined);
  });
});
