// The plant files of the project, by name.
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { loadPlant, type PlantParameters } from '../../../hwsim/plant/parameters.ts';

const folder = fileURLToPath(new URL('../../../hwsim/plants/', import.meta.url));

export function plantNames(): string[] {
  return readdirSync(folder).map((file) => file.replace(/\.json$/, ''));
}

export function plantNamed(name: string): PlantParameters {
  return loadPlant(`${folder}${name}.json`);
}
