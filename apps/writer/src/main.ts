import { runService } from '@concord/service';
import { buildWriter } from './build.ts';

await runService({ name: 'writer', build: buildWriter });
