import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ColdslotError } from '../../src/core/errors.ts';
import { findCommand, loadAgentConfig, parseAgentConfig } from '../../src/agent/config.ts';

const good = {
  format: 'coldslot-agent/1',
  chassis: 'sim-8',
  sled: 'sled1',
  slot: 1,
  broker: 'mqtt://127.0.0.1:1883',
  stateRoot: '/var/lib/coldslot-agent',
  controllerKeyFile: '/etc/coldslot/controller.pem',
  capacities: { cpu: 32, memoryGiB: 128 },
  services: [{ id: 'web', command: '/usr/bin/true' }],
};

function refusal(change: object): string {
  try {
    parseAgentConfig(JSON.stringify({ ...good, ...change }), 'agent.json');
  } catch (error) {
    assert.ok(error instanceof ColdslotError);
    assert.equal(error.code, 'bad-input');
    return `${error.subject}: ${error.message}`;
  }
  return 'accepted';
}

describe('the agent configuration', () => {
  it('listens on loopback, on any free port, unless told', () => {
    assert.deepEqual(parseAgentConfig(JSON.stringify(good), 'f').bulk, { host: '127.0.0.1', port: 0 });
    const told = { ...good, bulk: { host: '10.1.2.3' } };
    assert.deepEqual(parseAgentConfig(JSON.stringify(told), 'f').bulk, { host: '10.1.2.3', port: 0 });
  });

  it('is refused with file, JSON path and what was expected', () => {
    assert.match(refusal({ format: 'coldslot-agent/2' }), /^agent\.json \$\.format: .*"coldslot-agent\/1"/);
    assert.match(refusal({ sled: 'a/b' }), /^agent\.json \$\.sled: expected a name/);
    assert.match(refusal({ slot: 0 }), /^agent\.json \$\.slot: /);
    assert.match(refusal({ broker: 'localhost' }), /^agent\.json \$\.broker: expected a URL/);
    assert.match(refusal({ stateRoot: 'state' }), /^agent\.json \$\.stateRoot: expected an absolute path/);
    assert.match(refusal({ bulk: { host: '0.0.0.0' } }), /^agent\.json \$\.bulk\.host: expected the one address/);
    assert.match(refusal({ capacities: { cpu: -1 } }), /^agent\.json \$\.capacities\.cpu: /);
    assert.match(refusal({ services: [{ id: 'web' }] }), /^agent\.json \$\.services\[0\]\.command: /);
    assert.match(refusal({ extra: 1 }), /^agent\.json \$: .*extra/);
    const twice = [good.services[0], good.services[0]];
    assert.match(refusal({ services: twice }), /^agent\.json \$\.services\[1\]\.id: "web" is named twice/);
  });

  it('is refused when it is not JSON or not there', () => {
    assert.throws(() => parseAgentConfig('{', 'agent.json'), /is not JSON/);
    assert.throws(() => loadAgentConfig('/nowhere/agent.json'), /cannot be read/);
  });
});

describe('finding a command', () => {
  it('takes an absolute path or a name in PATH', () => {
    assert.equal(findCommand('/bin/sh'), '/bin/sh');
    assert.equal(findCommand('sh', '/nowhere:/bin'), '/bin/sh');
  });

  it('says what is wrong with one that cannot be run', () => {
    assert.throws(() => findCommand('/nowhere/x'), /does not exist on this sled/);
    assert.throws(() => findCommand('/etc'), /is not a file/);
    assert.throws(() => findCommand('/etc/passwd'), /may not be executed/);
    assert.throws(() => findCommand('bin/x'), /is a relative path/);
    assert.throws(() => findCommand('x-not-there', '/bin'), /is not in PATH/);
  });
});
