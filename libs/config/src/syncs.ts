/** From the joined documents of a sync to its config: names resolved, defaults filled in, contradictions found. */
import { z } from 'zod';
import { conflictFrom } from './conflict.ts';
import type { SyncDocument } from './documents.ts';
import type { ConfigFault } from './fault.ts';
import { groupsFrom } from './groups.ts';
import { ownershipFrom } from './ownership.ts';
import { findSystem, type NamedSystem } from './roles.ts';
import { canonicalSync, type CanonicalEnd, type CanonicalSync } from './shapes/document.ts';
import { checkSelection } from './selection.ts';
import { suggestion } from './suggest.ts';
import type { SyncContext } from './sync-context.ts';
import { checkOneWay, stepsFrom } from './transformations.ts';
import { placeOf, toPlain } from './tree.ts';
import type { FieldMapping, LoopPreventionConfig, RetryConfig, SyncConfig, SyncEnd } from './types.ts';

export type ReadSync = { readonly config: SyncConfig | null; readonly faults: readonly ConfigFault[] };

export function readSync({ name, tree }: SyncDocument, systems: readonly NamedSystem[]): ReadSync {
  const faults: ConfigFault[] = [];
  const shown = name === null ? 'the sync' : `the sync "${name}"`;
  const context: SyncContext = {
    plain: z.parse(canonicalSync, toPlain(tree)),
    tree,
    systems,
    fault: (code, path, message, remedy) => {
      faults.push({ code, place: placeOf(tree, path), message: message.replace('$sync', shown), remedy });
    },
  };
  const { plain } = context;
  const source = endFrom(context, 'source');
  const target = endFrom(context, 'target');
  const direction = directionFrom(context);
  const fieldMappings = mappingsFrom(context, typeOf(source, systems), typeOf(target, systems));
  checkSelection(context);
  const groups = groupsFrom(context, fieldMappings);
  const conflict = conflictFrom(context, fieldMappings, groups);
  const ends = [source, target].flatMap((end) => end?.system ?? []);
  const ownership = ownershipFrom({ ...context, mappings: fieldMappings, groups, conflict, ends, direction });
  if (source !== null && direction !== null) checkOneWay(context, { fieldMappings, direction, ownership, source });
  if (source === null || target === null || direction === null || faults.length > 0) return { config: null, faults };
  const entity = plain.entity ?? entityOf(source, target, systems);
  const config: SyncConfig = {
    name: name ?? `${source.system}_${target.system}_${entity}`,
    entity,
    source,
    target,
    direction,
    fieldMappings,
    groups,
    conflict,
    ownership,
    loopPrevention: loopPreventionFrom(plain),
    nulls: plain.mapping_options?.handle_nulls ?? 'preserve',
    initialLoad: plain.initial_sync?.strategy ?? 'full_load',
    retry: retryFrom(plain),
    place: tree.place,
  };
  return { config, faults };
}

function endFrom(context: SyncContext, side: 'source' | 'target'): SyncEnd | null {
  const end = context.plain[side];
  if (end === undefined) {
    const remedy = `Add "${side}": {"system": …, "table" or "object": …}.`;
    context.fault('config.incomplete', [], `$sync has no "${side}"`, remedy);
    return null;
  }
  const system = systemOf(context, side, end);
  const known = context.systems.find(({ name }) => name === system);
  if (system === null || known === undefined) return null;
  const { type, schema } = known;
  const [key, other] = type === 'postgres' ? (['table', 'object'] as const) : (['object', 'table'] as const);
  const object = end[key] ?? end[other];
  if (object === undefined) {
    context.fault('config.incomplete', [side], `"${side}" does not say which ${key} is meant`, `Add "${key}".`);
    return null;
  }
  const place = placeOf(context.tree, [side]);
  const qualified = type === 'postgres' && !object.includes('.') ? `${schema}.${object}` : object;
  return { system, object: qualified, filter: end.filter ?? {}, isCaptured: end.capture ?? true, place };
}

function systemOf(context: SyncContext, side: 'source' | 'target', end: CanonicalEnd): string | null {
  const word = end.system ?? end.type;
  if (word === undefined) {
    context.fault('config.incomplete', [side], `"${side}" does not say which system it is`, 'Add "system" or "type".');
    return null;
  }
  const found = findSystem(word, context.systems);
  if (found === null) {
    const names = context.systems.map(({ name }) => name);
    const message = `there is no system "${word}"`;
    const remedy = names.length === 0 ? 'Describe it under "systems".' : suggestion(word, names);
    context.fault('config.reference', [side, end.system === undefined ? 'type' : 'system'], message, remedy);
  }
  return found;
}

function directionFrom({ plain, fault }: SyncContext): SyncConfig['direction'] | null {
  const { sync_type: type, source_to_target: forth, target_to_source: back } = plain;
  if (type === undefined && forth === undefined && back === undefined) {
    const remedy = 'Add "sync_type": "bidirectional", or "one_way" with "source_to_target": true.';
    fault('config.incomplete', [], '$sync does not say in which direction changes flow', remedy);
    return null;
  }
  const flowsForth = forth ?? (type === 'bidirectional' || back !== true);
  const flowsBack = back ?? (type === 'bidirectional' || (type === undefined && forth === undefined));
  if (type === 'bidirectional' && !(flowsForth && flowsBack)) {
    const key = flowsForth ? 'target_to_source' : 'source_to_target';
    const remedy = `Remove "${key}", or make "sync_type" "one_way".`;
    fault('config.contradiction', [key], `"sync_type" is "bidirectional", yet "${key}" is false`, remedy);
    return null;
  }
  if (flowsForth === flowsBack && type !== 'bidirectional') {
    if (flowsForth && type === undefined) return 'bidirectional';
    const said = flowsForth ? 'a one-way sync cannot flow in both directions' : 'changes flow in no direction';
    const path = ['source_to_target'];
    fault('config.contradiction', path, said, 'Set exactly one of "source_to_target" and "target_to_source" to true.');
    return null;
  }
  if (flowsForth && flowsBack) return 'bidirectional';
  return flowsForth ? 'source_to_target' : 'target_to_source';
}

type Kind = NamedSystem['type'] | null;

function typeOf(end: SyncEnd | null, systems: readonly NamedSystem[]): Kind {
  return systems.find(({ name }) => name === end?.system)?.type ?? null;
}

function mappingsFrom(context: SyncContext, source: Kind, target: Kind): FieldMapping[] {
  const { plain, tree, fault } = context;
  const mappings = plain.field_mappings ?? [];
  if (mappings.length === 0) {
    fault('config.incomplete', ['field_mappings'], '$sync maps no fields', 'Add "field_mappings".');
  }
  for (const side of ['source', 'target'] as const) {
    for (const [index, mapping] of mappings.entries()) {
      if (mappings.findIndex((other) => other[side] === mapping[side]) === index) continue;
      const message = `the ${side} field "${mapping[side]}" is mapped twice`;
      fault('config.contradiction', ['field_mappings', index, side], message, 'Keep one of the mappings.');
    }
  }
  const named = source === 'postgres' && target !== 'postgres' ? 'source' : 'target';
  return mappings.map((mapping, index) => ({
    source: mapping.source,
    target: mapping.target,
    name: mapping[named],
    ...stepsFrom(context, mapping.transformation, ['field_mappings', index, 'transformation']),
    place: placeOf(tree, ['field_mappings', index]),
  }));
}

/** The table's name is the entity's; that of the target when both sides are tables or neither is. */
function entityOf(source: SyncEnd, target: SyncEnd, systems: readonly NamedSystem[]): string {
  const sourceIsTable = typeOf(source, systems) === 'postgres' && typeOf(target, systems) !== 'postgres';
  const object = (sourceIsTable ? source : target).object;
  return (object.split('.').at(-1) ?? object).replaceAll('"', '');
}

/** What is left out of the block is as in its example; without the block nothing is watched. */
function loopPreventionFrom({ loop_prevention: loops }: CanonicalSync): LoopPreventionConfig | null {
  if (loops === undefined || loops.enabled === false) return null;
  const { detection_window_seconds: window = 60, max_update_count: maxUpdates = 2 } = loops;
  return { maxUpdates, windowMs: Math.round(window * 1000) };
}

function retryFrom({ error_handling: handling }: CanonicalSync): RetryConfig {
  const { max_attempts = 5, backoff_factor = 2, initial_delay_seconds = 1 } = handling?.retry_strategy ?? {};
  return { attemptsMax: max_attempts, backoffFactor: backoff_factor, initialDelayMs: initial_delay_seconds * 1000 };
}
