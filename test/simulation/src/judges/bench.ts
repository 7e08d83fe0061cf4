/** All judges of single laws that a world needs. Each is called where it has something to say. */
import { CounterJudge } from './counters.ts';
import { GroupJudge } from './groups.ts';
import { canBeReviewed } from '../rules.ts';
import type { Judge, JudgeNeeds } from './judge.ts';
import { OverrideJudge } from './overrides.ts';
import { LoopJudge } from './loops.ts';
import { OwnerJudge } from './owners.ts';
import { PairJudge } from './pairs.ts';
import { PrecisionJudge } from './precision.ts';
import { ReviewJudge } from './reviews.ts';
import { SetJudge } from './sets.ts';
import { WinnerJudge } from './winners.ts';

export function judgesOf(needs: JudgeNeeds): readonly Judge[] {
  const kinds = new Set(Object.values(needs.options.fields));
  const judges: Judge[] = [new WinnerJudge(needs), new OverrideJudge(needs), new PrecisionJudge(needs)];
  if (kinds.has('counter')) judges.push(new CounterJudge(needs));
  if (kinds.has('set')) judges.push(new SetJudge(needs));
  if (needs.options.rules.groups !== undefined) judges.push(new GroupJudge(needs));
  if (canBeReviewed(needs.options.rules)) judges.push(new ReviewJudge(needs));
  for (const [field, { policy }] of Object.entries(needs.options.rules.fields)) {
    if (policy.kind === 'paired') judges.push(new PairJudge(needs, field, policy));
  }
  const { loopPrevention } = needs.options.rules;
  if (loopPrevention !== undefined) judges.push(new LoopJudge(needs, loopPrevention));
  const { ownership } = needs.options.rules;
  if (ownership !== undefined) judges.push(new OwnerJudge(needs, ownership));
  return judges;
}
