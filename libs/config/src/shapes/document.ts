/** A config file as a whole: a sync or a part of one, systems, several syncs, a hub. Every key is optional in every file. */
import { z } from 'zod';
import { conflictResolution, conflictRules, fieldGroups } from './conflict.ts';
import {
  errorHandling,
  fieldMappings,
  initialSync,
  loopPrevention,
  mappingOptions,
  monitoring,
  ongoingSync,
  performanceSettings,
  validationRules,
} from './parts.ts';
import { ownershipShape } from './ownership.ts';
import { postgresShape, salesforceShape, SYSTEM_TYPES, systemShapes } from './systems.ts';

const scalar = z.union([z.string(), z.number(), z.boolean()]);
const syncType = z.enum(['bidirectional', 'one_way']).describe('Whether changes flow both ways.');
const flows = {
  sync_type: syncType.optional(),
  source_to_target: z.boolean().optional().describe('one_way: changes flow from source to target.'),
  target_to_source: z.boolean().optional().describe('one_way: changes flow from target to source.'),
  conflict_resolution: conflictResolution.optional(),
};

function endShape(credentials: z.ZodType) {
  return z
    .strictObject({
      type: z.enum(SYSTEM_TYPES).optional().describe('Kind of the system; also its name unless "system" names one.'),
      system: z.string().optional().describe('Name of the system, as in "systems".'),
      credentials: credentials.optional().describe('Connection details; "systems" and the environment override them.'),
      object: z.string().min(1).optional().describe('Object of a SaaS system, for example "Account".'),
      table: z.string().min(1).optional().describe('Table of a database, with or without its schema.'),
      capture: z
        .boolean()
        .optional()
        .describe('false: nobody listens to changes made here. Only for the receiving side of a one-way sync.'),
      filter: z.record(z.string(), scalar).optional().describe('Only records with these values belong to the sync.'),
    })
    .describe('One side of a sync.');
}

function syncKeys(credentials: z.ZodType) {
  return {
    connection_name: z.string().min(1).optional().describe('The name of the sync.'),
    sync: z.string().min(1).optional().describe('Name of the sync that this document belongs to.'),
    entity: z.string().min(1).optional().describe('Name of the entity; the table name when absent.'),
    source: endShape(credentials).optional(),
    target: endShape(credentials).optional(),
    ...flows,
    sync_settings: z
      .strictObject({ ...flows, initial_sync: initialSync.optional(), ongoing_sync: ongoingSync.optional() })
      .optional()
      .describe('How the synchronization behaves.'),
    field_mappings: fieldMappings.optional(),
    field_groups: fieldGroups.optional(),
    ownership: ownershipShape.optional(),
    mapping_options: mappingOptions.optional(),
    field_selection: z.enum(['explicit', 'all']).optional().describe('explicit: only what is listed is synced.'),
    include_fields: z.array(z.string()).optional().describe('Fields of the source that are synced.'),
    exclude_fields: z.array(z.string()).optional().describe('Fields of the source that are never synced.'),
    validation_rules: validationRules.optional(),
    error_handling: errorHandling.optional(),
    performance_settings: performanceSettings.optional(),
    monitoring: monitoring.optional(),
    loop_prevention: loopPrevention.optional(),
  };
}

function documentKeys(credentials: z.ZodType, system: z.ZodType) {
  return {
    $schema: z.string().optional().describe('For editors.'),
    ...syncKeys(credentials),
    systems: z.record(z.string(), system).optional().describe('The connected systems by name.'),
    syncs: z
      .array(z.strictObject(syncKeys(credentials)).describe('A sync.'))
      .optional()
      .describe('Several syncs in one file.'),
    sync_hub: z.string().optional().describe('The Postgres system through which all others are connected.'),
    connected_systems: z
      .array(
        z.strictObject({
          system: z.string().describe('Name or type of the system.'),
          objects: z.array(z.string()).describe('Objects that the hub connects.'),
        }),
      )
      .optional()
      .describe('The systems connected through the hub.'),
  };
}

/** What a loaded file is checked against. What is said of systems is checked later, when it is known of which type they are. */
const anyMap = z.record(z.string(), z.unknown());
export const documentShape = z.strictObject(documentKeys(anyMap, anyMap));

/** What editors are given. */
const anyCredentials = z
  .union([postgresShape.omit({ type: true }), salesforceShape.omit({ type: true }), anyMap])
  .meta({ id: 'credentials' });
const anySystem = z.union(Object.values(systemShapes)).meta({ id: 'system' });
export const publishedShape = z
  .strictObject(documentKeys(anyCredentials, anySystem))
  .describe('A Concord config file, or a part of one.');
export const publishedSystemsShape = z
  .strictObject({
    $schema: z.string().optional(),
    systems: z.record(z.string(), anySystem).describe('The connected systems by name.'),
  })
  .describe('The systems that Concord connects.');

/** A sync after its documents were joined and both spellings made one: see canonical.ts. */
export const canonicalSync = z.object({
  connection_name: z.string().optional(),
  entity: z.string().optional(),
  source: endShape(anyMap).optional(),
  target: endShape(anyMap).optional(),
  sync_type: syncType.optional(),
  source_to_target: z.boolean().optional(),
  target_to_source: z.boolean().optional(),
  conflict_resolution: conflictRules.optional(),
  initial_sync: initialSync.optional(),
  ongoing_sync: ongoingSync.optional(),
  field_mappings: fieldMappings.optional(),
  include_fields: z.array(z.string()).optional(),
  exclude_fields: z.array(z.string()).optional(),
  field_groups: fieldGroups.optional(),
  mapping_options: mappingOptions.optional(),
  ownership: ownershipShape.optional(),
  loop_prevention: loopPrevention.optional(),
  error_handling: errorHandling.optional(),
  monitoring: monitoring.optional(),
});

export type CanonicalSync = z.output<typeof canonicalSync>;
export type CanonicalEnd = NonNullable<CanonicalSync['source']>;
