export { access, change, entityRules, outcome, systemRules } from './builders.ts';
export { cellsOf } from './cells.ts';
export { Copies, HAPPENINGS } from './copies.ts';
export { randomFrom } from './random.ts';
export type { Random } from './random.ts';
export { asTold, playStory } from './story.ts';
export type { Told } from './story.ts';
