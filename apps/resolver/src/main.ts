import { runService } from '@concord/service';
import { buildResolver } from './build.ts';

await runService({ name: 'resolver', build: buildResolver });
