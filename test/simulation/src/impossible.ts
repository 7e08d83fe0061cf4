/**
 * Cells of the decision tables that no history of today's worlds reaches, each with the reason. A cell that is listed and
 * reached all the same fails a run, so no reason outlives its truth; one that is neither, nor rare, fails a long run.
 */

type Reasons = readonly (readonly [pattern: RegExp, reason: string])[];

/** By the definition of what the core decides, or of what such a system tells. */
const IMPOSSIBLE: Reasons = [
  [
    /^decision: (?!observed|echoed|command_issued|outcome_|change_forwarded|copy_detached).*, unobserved$/,
    'nobody listens to it, so nothing that it does is ever decided on',
  ],
  [/^outcome: stale, unobserved$/, 'no event would end the waiting, so it counts as refused'],
  [/^decision: derived(_superseded)?, polled$/, 'a row names no author: what a system made of our write is an edit'],
  [
    / by (counter|set_union|set_delta|paired), /,
    'both sides count; where nothing can be merged, the last write decides',
  ],
  [/ by loop_prevention, /, 'what would close a cycle is no conflict: it opens a review'],
  [
    /^conflict: create_create by manual, /,
    'only of a deleted record nobody is asked, and a new copy makes it exist again',
  ],
  [/^conflict: update_delete by delete_wins, incoming wins$/, 'the delete wins, here the canonical side'],
  [/^conflict: delete_update by delete_wins, canonical wins$/, 'the delete wins, here the incoming side'],
  [/^conflict: update_delete by update_wins, canonical wins$/, 'the update wins, here the incoming side'],
  [/^conflict: delete_update by update_wins, incoming wins$/, 'the update wins, here the canonical side'],
];

/** Worlds that are still to be drawn. Each line is a debt, and ends when its cells are reached. */
const NOT_DRAWN: Reasons = [
  [
    /^decision: loop_detected, (ours|values|polled)$/,
    'automation that answers automation is drawn only where our writes are named',
  ],
  [/^decision: derived_superseded, values$/, 'no trigger in a system that says nothing of our writes'],
  [/^decision: change_forwarded, unobserved$/, 'of a thing that has two records, only systems with users hold a copy'],
  [/^decision: copy_detached, /, 'no copy leaves its record'],
  [/^conflict: create_create by record_ownership, canonical wins$/, 'no record with an owner turns out to be another'],
  [
    /^decision: existence_learned, (service|values|polled)$/,
    'existence flows out of every system, and no command is executed after it was given up',
  ],
];

/** Reached, but not in every 100,000 histories: neither demanded nor surprising. Unit tests have them (held-rows.test.ts). */
const RARE: Reasons = [
  [
    /^decision: (row_held|rows_released), (ours|values)$/,
    'a row read beside the stream of a record that is deleted while our create of it has no outcome',
  ],
];

export function isRare(cell: string): boolean {
  return reasonOf(RARE, cell) !== null;
}

export function impossible(cell: string): string | null {
  return reasonOf(IMPOSSIBLE, cell);
}

export function notDrawn(cell: string): string | null {
  return reasonOf(NOT_DRAWN, cell);
}

function reasonOf(reasons: Reasons, cell: string): string | null {
  return reasons.find(([pattern]) => pattern.test(cell))?.[1] ?? null;
}
