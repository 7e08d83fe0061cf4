/** Defects of the procedures of design section 5: each breaks one promise of `procedures.ts`. */
import type { ProcessDefect } from './defects.ts';

export const PROCESS_DEFECTS: readonly ProcessDefect[] = [
  {
    name: 'fence skipped',
    meaning: 'the store takes commits of an owner that was replaced',
    breaks: { fences: false },
  },
  {
    name: 'commit before drain',
    meaning: 'at revoke, offsets are given up before what was read is decided',
    breaks: { drains: false },
  },
  {
    name: 'offsets apart from states',
    meaning: 'offsets move when a batch is read, states when it is decided',
    breaks: { commitsOffsetsWithStates: false },
  },
  {
    name: 'published before committed',
    meaning: 'commands leave before the decision is durable',
    breaks: { commitsBeforePublishing: false },
  },
  {
    name: 'outbox not published again',
    meaning: 'after a crash nobody publishes what was committed and not yet sent',
    breaks: { republishes: false },
  },
  {
    name: 'outbox under new numbers',
    meaning: 'what is published again looks like new commands',
    breaks: { keepsSequences: false },
  },
  {
    name: 'checkpoint before publish',
    meaning: 'an ingester keeps its place before the changes are durable',
    breaks: { checkpointsAfterPublishing: false },
  },
  {
    name: 'progress not looked at',
    meaning: 'commands that are read again are executed again',
    breaks: { dedupes: false },
  },
  {
    name: 'outcome not remembered',
    meaning: 'a command that is read again after its execution gets no outcome',
    breaks: { remembersOutcomes: false },
  },
  {
    name: 'offset before outcome',
    meaning: 'a writer moves on and has not told yet what became of the commands',
    breaks: { tellsBeforeOffset: false },
  },
  {
    name: 'no look-up after a lost reply',
    meaning: 'a write in doubt is sent again',
    breaks: { looksUp: false },
  },
  {
    name: 'look-up without deleted rows',
    meaning: 'a create in doubt is repeated although users deleted its row meanwhile',
    breaks: { looksUpDeleted: false },
  },
  {
    name: 'one row spoils the call',
    meaning: 'rows beside a refused one count as refused, too, although they were written',
    breaks: { isolatesRows: false },
  },
];
