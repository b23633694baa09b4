// The first line of the agent's durable files: by it a torn or changed file is known.
import { createHash } from 'node:crypto';

export function checksumOf(text: string): string {
  return `sha256 ${createHash('sha256').update(text).digest('hex')}`;
}
