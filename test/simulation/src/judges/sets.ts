/**
 * Sets element by element. `set_delta`: what was put in by anybody and taken out by nobody is in, all else is out.
 * `set_union`: what was put in is in unless somebody took it out, and what was taken out is in only if a decision says that
 * an edit which did not know of the removal was united with it. Elements that were put in twice are not asked about.
 */
import type { Decision, Value } from '@concord/core';
import { readsRows } from '../options.ts';
import { elementsOf } from '../values.ts';
import type { Judge, JudgeNeeds, UserWrite } from './judge.ts';

type Story = {
  readonly added: Map<string, number>;
  readonly removed: Set<string>;
  /** United again after somebody took them out, on record. */
  readonly restored: Set<string>;
};

export class SetJudge implements Judge {
  readonly #needs: JudgeNeeds;
  readonly #stories = new Map<string, Story>();
  readonly #excused = new Set<string>();

  constructor(needs: JudgeNeeds) {
    this.#needs = needs;
  }

  userWrote({ record, field, value, over }: UserWrite): void {
    if (this.#needs.options.fields[field] !== 'set') return;
    const { added, removed } = this.#story(`${record}/${field}`);
    const [before, after] = [elementsOf(over), elementsOf(value)];
    for (const element of after) if (!before.includes(element)) added.set(element, (added.get(element) ?? 0) + 1);
    for (const element of before) if (!after.includes(element)) removed.add(element);
  }

  decided(record: string, decision: Decision): void {
    const { type } = decision;
    if (type !== 'merged' && type !== 'conflict_resolved' && type !== 'override_reported') return;
    const { field } = decision;
    if (this.#needs.options.fields[field] !== 'set') return;
    const key = `${record}/${field}`;
    if (type === 'merged') {
      if (decision.policy !== 'set_union') return;
      for (const element of elementsOf(decision.value)) this.#story(key).restored.add(element);
      return;
    }
    this.#excused.add(key);
    if (type === 'override_reported' || readsRows(this.#needs.options)) return;
    this.#needs.report('unmerged', `an edit of ${key} at ${decision.system} was not united`);
  }

  /** A record that was deleted and made again begins with an empty set: nobody keeps track of that here. */
  atRest(): void {
    const { options, rows } = this.#needs;
    if (options.deletes > 0) return;
    for (const [key, story] of this.#stories) {
      const [record = '', field = ''] = key.split('/');
      if (this.#excused.has(key)) continue;
      for (const { name } of options.systems) {
        const row = rows.get(name)?.get(record);
        if (row === undefined || this.#needs.isParted(name, record, field)) continue;
        this.#check(`${name} ${key}`, row.values[field] ?? null, story);
      }
    }
  }

  #check(place: string, held: Value, { added, removed, restored }: Story): void {
    const elements = new Set(elementsOf(held));
    for (const [element, times] of added) {
      if (times > 1) continue;
      const has = elements.has(element);
      if (!removed.has(element) && !has) this.#needs.report('set_lost', `${element} is not in ${place}`);
      if (removed.has(element) && has && !restored.has(element))
        this.#needs.report('set_revived', `${element} is in ${place} again`);
    }
    for (const element of elements)
      if (!added.has(element)) this.#needs.report('set_invented', `${element} in ${place} is nobody's`);
  }

  #story(key: string): Story {
    const known = this.#stories.get(key);
    if (known !== undefined) return known;
    const story: Story = { added: new Map(), removed: new Set(), restored: new Set() };
    this.#stories.set(key, story);
    return story;
  }
}
