/**
 * A reporter for node:test that repeats what failed when all is done: the runner's own output goes on for thousands of lines,
 * and whoever sees only its end should see which test it was.
 */
// oxlint-disable-next-line import/no-default-export -- node loads a reporter by its default export
export default async function* failedTests(events) {
  const failed = [];
  for await (const { type, data } of events) {
    if (type !== 'test:fail' || data.todo !== undefined) continue;
    const error = data.details?.error;
    if (error?.failureType === 'subtestsFailed') continue; // the test inside is listed
    const where = data.file === undefined ? '' : ` (${data.file}:${data.line})`;
    const why = String(error?.cause?.stack ?? error?.cause ?? error ?? 'no reason given');
    failed.push(
      `failed: ${data.name}${where}\n${why
        .split('\n')
        .slice(0, 12)
        .map((line) => `    ${line}`)
        .join('\n')}\n`,
    );
  }
  if (failed.length > 0) yield `\n${failed.join('')}`;
}
