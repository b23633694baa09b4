import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { PlanNews } from '../../src/controller/plan-news.ts';
import type { PlanMove } from '../../src/core/plan.ts';

const moving = (...names: string[]): { moves: PlanMove[] } => ({
  moves: names.map((workload, index) => {
    const reason = { code: 'hot-slot' as const, text: `${index}`, gainK: index + 0.5, gainW: 1 };
    return { order: index + 1, workload, from: '6', to: String(index + 1), reason };
  }),
});

describe('a plan', () => {
  it('is news once, whatever its figures, and again when something else moves or it is acted on', () => {
    const news = new PlanNews();
    assert.equal(news.isNew(moving('web'), false), true);
    assert.equal(news.isNew(moving('web'), false), false);
    assert.equal(news.isNew(moving('web'), true), true);
    assert.equal(news.isNew(moving('web', 'db'), true), true);
    assert.equal(news.isNew(moving('db', 'web'), true), false);
  });

  it('that moves nothing is none, but what comes after it is', () => {
    const news = new PlanNews();
    assert.equal(news.isNew(moving('web'), true), true);
    assert.equal(news.isNew(moving(), false), false);
    assert.equal(news.isNew(moving('web'), true), true);
  });
});
