// Steps of a test that share a running system: each is reported by itself, and the first that fails ends the test.
import type { TestContext } from 'node:test';

export async function step(test: TestContext, name: string, body: () => Promise<void>): Promise<void> {
  const failures: unknown[] = [];
  await test.test(name, async () => {
    try {
      await body();
    } catch (error) {
      failures.push(error);
      throw error;
    }
  });
  if (failures.length > 0) throw failures[0];
}
