// Raw Debezium records of Postgres databases in, normalized changes out.
import { runService } from '@concord/service';
import { buildIngester } from './build.ts';

await runService({ name: 'ingest-postgres', build: buildIngester });
