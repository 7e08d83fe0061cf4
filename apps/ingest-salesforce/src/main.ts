// Salesforce change events in, normalized changes out.
import { runService } from '@concord/service';
import { buildIngester } from './build.ts';

await runService({ name: 'ingest-salesforce', build: buildIngester });
