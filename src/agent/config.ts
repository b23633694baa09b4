// The agent's configuration file (`coldslot-agent/1`): which sled this is, where the broker is, what may run here.
// Its services are only initial: a workload that has a record is never started from here again.
import { accessSync, constants, readFileSync, statSync } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';
import * as z from 'zod';
import { ColdslotError } from '../core/errors.ts';
import { MAX_WORKLOADS_PER_SLED, serviceSpecSchema } from '../protocols/agent-messages.ts';

export const AGENT_CONFIG_FORMAT = 'coldslot-agent/1';

const name = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$/, 'expected a name of letters, digits, _ . - (1 to 63)');

const WILDCARD_HOSTS: ReadonlySet<string> = new Set(['0.0.0.0', '::', '*', '']);

export const agentConfigSchema = z
  .strictObject({
    format: z.literal(AGENT_CONFIG_FORMAT),
    chassis: name,
    sled: name,
    /** Slot it sits in, where nothing better (the FRU's serial) tells; null = not known. */
    slot: z.int().min(1).nullable(),
    broker: z.string().regex(/^(?:mqtts?|tcp|ssl|wss?):\/\/[^\s]+$/, 'expected a URL like mqtt://127.0.0.1:1883'),
    /** Listener for bulk data, and the address other agents are told. Port 0 = any free one. */
    bulk: z
      .strictObject({
        host: z
          .string()
          .max(255)
          .refine((host) => !WILDCARD_HOSTS.has(host), 'expected the one address other sleds reach this sled at')
          .default('127.0.0.1'),
        port: z.int().min(0).max(65_535).default(0),
      })
      .prefault({}),
    stateRoot: z.string().refine(isAbsolute, 'expected an absolute path'),
    /** Certificate for the sled, had once; null: it has one already, or the broker is without TLS. */
    enrolment: z
      .strictObject({ code: z.string().max(64), address: z.string().regex(/^.+:[0-9]{1,5}$/, 'expected HOST:PORT') })
      .nullable()
      .default(null),
    /** A broker of another machine without TLS: everybody on the way can read and move work. */
    allowPlainBroker: z.boolean().default(false),
    /** PEM file with the controller's Ed25519 public key; tickets are checked with it. Null: it came with enrolment. */
    controllerKeyFile: z.string().refine(isAbsolute, 'expected an absolute path').nullable().default(null),
    /** What may be promised to workloads here; a resource not named is 0. */
    capacities: z.record(z.string().max(32), z.number().min(0)),
    services: z.array(serviceSpecSchema).max(MAX_WORKLOADS_PER_SLED).default([]),
  })
  .superRefine((config, context) => {
    const seen = new Set<string>();
    for (const [index, service] of config.services.entries()) {
      if (seen.has(service.id))
        context.addIssue({
          code: 'custom',
          path: ['services', index, 'id'],
          message: `"${service.id}" is named twice`,
        });
      seen.add(service.id);
    }
  });

export type AgentConfig = z.output<typeof agentConfigSchema>;

/** @throws ColdslotError `bad-input` naming the file, the JSON path and what was expected there */
export function loadAgentConfig(file: string): AgentConfig {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new ColdslotError(
      'bad-input',
      file,
      `cannot be read: ${(error as Error).message}`,
      'name a file with --config',
    );
  }
  return parseAgentConfig(text, file);
}

/** @throws ColdslotError as loadAgentConfig; `file` is only for the message */
export function parseAgentConfig(text: string, file: string): AgentConfig {
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch (error) {
    throw new ColdslotError('bad-input', file, `is not JSON: ${(error as Error).message}`);
  }
  const parsed = agentConfigSchema.safeParse(data);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const where = issue === undefined ? '$' : jsonPath(issue.path);
  throw new ColdslotError('bad-input', `${file} ${where}`, issue?.message ?? 'is not an agent configuration');
}

function jsonPath(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, part) => text + (typeof part === 'number' ? `[${part}]` : `.${String(part)}`), '$');
}

/**
 * Where a service's command is: an absolute path, or a name looked up in PATH.
 * @throws ColdslotError `refused` when it is not there or may not be executed
 */
export function findCommand(command: string, searchPath = process.env['PATH'] ?? '/usr/bin:/bin'): string {
  if (isAbsolute(command)) {
    const why = whyNotExecutable(command);
    if (why === null) return command;
    throw new ColdslotError('refused', `command ${command}`, why, 'install it on this sled');
  }
  if (command.includes('/'))
    throw new ColdslotError(
      'refused',
      `command ${command}`,
      'is a relative path',
      'give an absolute path or a name in PATH',
    );
  const found = searchPath
    .split(delimiter)
    .map((folder) => join(folder, command))
    .find((file) => isAbsolute(file) && whyNotExecutable(file) === null);
  if (found === undefined)
    throw new ColdslotError('refused', `command ${command}`, 'is not in PATH on this sled', 'install it on this sled');
  return found;
}

function whyNotExecutable(file: string): string | null {
  try {
    if (!statSync(file).isFile()) return 'is not a file';
    accessSync(file, constants.X_OK);
    return null;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'does not exist on this sled' : 'may not be executed';
  }
}
