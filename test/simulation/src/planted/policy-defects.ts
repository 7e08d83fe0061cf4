/** Defects of libs/core in what single policies promise, as textual changes of its source. */
import type { CoreDefect } from './defects.ts';

export const POLICY_DEFECTS: readonly CoreDefect[] = [
  {
    name: 'counter written as absolute value',
    meaning: 'an edit of a counter sets what its user saw plus the difference, whatever others have added since',
    file: 'merge.ts',
    find: 'addDifference(String(canonical ?? 0), String(held ?? 0), String(before ?? 0));\n    if (sum',
    replace: 'addDifference("0", String(held ?? 0), "0");\n    if (sum',
  },
  {
    name: 'removal forgotten',
    meaning: 'under set_delta only what was put in counts',
    file: 'sets.ts',
    find: 'const kept = base.filter((element) => has.has(element) || !had.has(element));',
    replace: 'const kept = base.filter((element) => element !== "" || has.has(element) || !had.has(element));',
  },
  {
    name: 'union forgets',
    meaning: 'under set_union the later of two concurrent edits replaces the earlier one',
    file: 'merge.ts',
    find: "kind === 'set_union' ? union(current, later)",
    replace: "kind === 'set_union' ? union([], later)",
  },
  {
    name: 'unit torn',
    meaning: 'fields of a unit are decided one by one',
    file: 'groups.ts',
    find: 'if (!members.some(({ isEdited }) => isEdited)) continue;',
    replace: 'if (members.length > 0) continue;',
  },
  {
    name: 'unit not guarded',
    meaning: 'a write to one field of a unit does not look at the others',
    file: 'level.ts',
    find: 'if (system.groups.length > 0 && system.rules.unobserved !== true) guardUnits',
    replace: 'if (system.groups.length > 9) guardUnits',
  },
  {
    name: 'skew bound ignored',
    meaning: 'clocks are believed to the millisecond',
    file: 'policies.ts',
    find: 'if (Math.abs(later) > (skewBoundMs ?? 0))',
    replace: 'if (Math.abs(later) > Math.min(skewBoundMs ?? 0, 0))',
  },
  {
    name: 'tie-break ignored',
    meaning: 'within the skew bound the greater name wins, whatever the config says',
    file: 'policies.ts',
    find: 'const isStronger = ranks === 0 ?',
    replace: 'const isStronger = ranks < Infinity ?',
  },
  {
    name: 'max takes the smaller',
    meaning: 'max and min are mixed up',
    file: 'policies.ts',
    find: 'return bySize(compareValues(type, incoming.value, canonical.value), incoming, canonical);',
    replace: 'return bySmallness(type, incoming, canonical);',
  },
  {
    name: 'review ignored on later edit',
    meaning: 'an edit of a field in review is decided as if nobody had been asked',
    file: 'fields.ts',
    find: 'const isInReview = reviewOf(turn.draft.state, field.name) !== undefined;',
    replace: 'const isInReview = turn.draft.state.version < 0;',
  },
  {
    name: 'review not awaited',
    meaning: 'systems are told the canonical value of a field that waits for a person',
    file: 'level.ts',
    find: 'return known.waiting.includes(field) || reviewOf(state, field) !== undefined;',
    replace: 'return known.waiting.includes(field);',
  },
  {
    name: 'existence not awaited',
    meaning: 'copies are deleted and created while a person thinks about the record',
    file: 'level.ts',
    find: 'if (reviewOf(state, EXISTS) !== undefined || known.kept.includes(EXISTS)) return null;',
    replace: 'if (known.kept.includes(EXISTS)) return null;',
  },
  {
    name: 'answer to what has changed',
    meaning: 'an answer counts although a candidate has changed since its author looked',
    file: 'review.ts',
    find: "if (review.revision !== revision) return take(turn, { type: 'resolution_refused', ...answer, reason: 'outdated' });",
    replace: '',
  },
];
