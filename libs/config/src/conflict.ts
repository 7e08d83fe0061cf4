/** The rules for concurrent edits: which system a rule names, and which field. */
import { findSystem, systemWords } from './roles.ts';
import { suggestion } from './suggest.ts';
import type { SyncContext } from './sync-context.ts';
import type { Path } from './tree.ts';
import type { ConflictConfig, FieldMapping } from './types.ts';

export function conflictFrom(context: SyncContext, mappings: readonly FieldMapping[]): ConflictConfig {
  const rules = context.plain.conflict_resolution;
  const strategy = rules?.strategy ?? 'last_write_wins';
  if (strategy === 'source_priority' && (rules?.priority ?? []).length === 0) {
    const remedy = 'Add "priority": the names or roles of the systems, strongest first.';
    context.fault(
      'config.incomplete',
      ['conflict_resolution'],
      '"source_priority" does not say who comes first',
      remedy,
    );
  }
  checkTimestampField(context, mappings);
  return {
    strategy,
    timestampField: rules?.timestamp_field ?? null,
    fieldRules: fieldRulesFrom(context, mappings),
    order: (rules?.priority ?? []).flatMap((word, index) => systemFor(context, word, ['priority', index]) ?? []),
    deletePolicy: rules?.deletes ?? 'delete_wins',
  };
}

function fieldRulesFrom(context: SyncContext, mappings: readonly FieldMapping[]): Record<string, string> {
  const resolved: Record<string, string> = {};
  for (const [index, rule] of (context.plain.conflict_resolution?.field_rules ?? []).entries()) {
    const system =
      rule.priority_system === 'last_updated'
        ? 'last_updated'
        : systemFor(context, rule.priority_system, ['field_rules', index, 'priority_system']);
    const mapping = findMapping(rule.field, mappings);
    if (mapping === null) unknownField(context, ['field_rules', index, 'field'], rule.field, mappings);
    else if (system !== null) resolved[mapping.name] = system;
  }
  return resolved;
}

function systemFor(context: SyncContext, word: string, path: Path): string | null {
  const found = findSystem(word, context.systems);
  // A partial document may name systems that are described elsewhere.
  if (found !== null || context.systems.length === 0) return found;
  const words = [...systemWords(context.systems), 'last_updated'];
  const remedy = `${suggestion(word, words)} Or give a system of this config "role": "${word}".`;
  context.fault('config.reference', ['conflict_resolution', ...path], `no system is called "${word}"`, remedy);
  return null;
}

function checkTimestampField(context: SyncContext, mappings: readonly FieldMapping[]): void {
  const field = context.plain.conflict_resolution?.timestamp_field;
  // Fields that Salesforce keeps of every record need no mapping.
  const kept = ['LastModifiedDate', 'SystemModstamp'];
  if (field === undefined || kept.includes(field) || findMapping(field, mappings) !== null) return;
  unknownField(context, ['timestamp_field'], field, mappings);
}

function findMapping(field: string, mappings: readonly FieldMapping[]): FieldMapping | null {
  return mappings.find(({ source, target }) => source === field || target === field) ?? null;
}

/** Without mappings it cannot be known whether a field exists; that they are missing is a fault of its own. */
function unknownField(context: SyncContext, path: Path, field: string, mappings: readonly FieldMapping[]): void {
  if (mappings.length === 0) return;
  const names = [...new Set(mappings.flatMap(({ source, target }) => [target, source]))];
  const remedy = suggestion(field, names);
  context.fault('config.reference', ['conflict_resolution', ...path], `no mapping has the field "${field}"`, remedy);
}
