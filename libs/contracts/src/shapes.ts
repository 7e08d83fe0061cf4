/** The kinds of message: what the program has in hand, and how it becomes the generated wire type and back. */
import type { Operation, Resolution, ReviewChoice, SourceChange, Value, Values } from '@concord/core';
import type { AvroRecord } from './avro-schema.ts';
import { entitySchema } from './entity-schema.ts';
import { auditSchema, type AuditLine, type DecisionsMade, type RecordDecisions } from './generated/audit.ts';
import { changeEventSchema, type ChangeEvent } from './generated/change-event.ts';
import { commandSchema, type ApplyChange, type ApplyChanges } from './generated/command.ts';
import { conflictSchema, type ConflictRecorded } from './generated/conflict.ts';
import { outcomeSchema, type CommandOutcomes } from './generated/outcome.ts';
import { recordChangeSchema, type RecordChange } from './generated/record-change.ts';
import { resolutionSchema, type ResolveReview } from './generated/resolution.ts';
import type { Shape } from './message-codec.ts';
import type { EntityPlan } from './plan.ts';
import { ValuesShape, type Layout, type WireValues } from './values-shape.ts';

/** Topic changes.<entity>; the record's id is the message key. */
export type ChangeMessage = { readonly change: SourceChange; readonly before: Values | null };

/** Topic records.<entity>. */
export type RecordMessage = Omit<RecordChange<WireValues>, 'values'> & { readonly values: Values };

/** Topic commands.<system>: commands of one stream, in order. */
export type CommandMessage = Omit<ApplyChanges<WireValues>, 'commands'> & {
  readonly commands: readonly IssuedCommand[];
};

export type IssuedCommand = {
  readonly recordId: string;
  readonly sequence: number;
  readonly operation: Operation;
  readonly nativeId: string | null;
  /** Commit time of the newest source change in the command, ms since the epoch. */
  readonly changedAt: number;
  readonly values: Values;
  readonly expected: Values;
};

/** Topic outcomes: what became of commands of one stream, in order. */
export type OutcomeMessage = CommandOutcomes;

/** Topic resolutions. */
export type ResolutionMessage = Resolution & { readonly entity: string; readonly recordId: string };

export type ConflictMessage = Omit<ConflictRecorded, 'incomingValue' | 'canonicalValue'> & {
  readonly incomingValue: Value;
  readonly canonicalValue: Value;
};

export type AuditMessage = DecisionsMade;
export type { AuditLine, RecordDecisions };

const noLayout: Layout = [];

/** A values record that is filled for one message at a time. */
class Slot {
  readonly #shape: ValuesShape;
  readonly record: WireValues;
  present: number[] = [];

  constructor(shape: ValuesShape) {
    this.#shape = shape;
    this.record = shape.blank();
  }

  fill(values: Values): void {
    this.release();
    this.present = this.#shape.fill(this.record, values);
  }

  release(): void {
    if (this.present.length > 0) this.#shape.clear(this.record, this.present);
    this.present = [];
  }
}

/** Values records that stay for the next message of commands. */
const SLOTS_KEPT = 500;

/** On the wire in the place of a command's sequence: the stream only says that the write was ours. */
const OURS = -1;

export function changeShape(plan: EntityPlan): Shape<ChangeMessage> {
  const shape = new ValuesShape(plan.entity, plan.fields);
  const values = new Slot(shape);
  const before = new Slot(shape);
  return {
    schema: entitySchema(changeEventSchema, plan.entity, plan.fields),
    layoutOf: (writer) => shape.layoutOf(writer),
    toWire({ change, before: previous }): ChangeEvent<WireValues> {
      values.fill(change.values);
      before.fill(previous ?? {});
      return {
        system: change.system,
        position: change.position,
        nativeId: change.nativeId,
        existence: change.existence,
        complete: change.complete,
        snapshot: change.snapshot,
        transaction: change.transaction,
        committedAt: change.at,
        echo: change.echo === 'ours' ? OURS : change.echo,
        present: values.present,
        values: values.record,
        beforePresent: before.present,
        before: previous === null ? null : before.record,
        previousNativeId: change.previousNativeId ?? null,
      };
    },
    release() {
      values.release();
      before.release();
    },
    fromWire(wire: ChangeEvent<WireValues>, layout): ChangeMessage {
      return {
        change: {
          kind: 'change',
          system: wire.system,
          position: wire.position,
          at: wire.committedAt,
          nativeId: wire.nativeId,
          ...(wire.previousNativeId === null ? null : { previousNativeId: wire.previousNativeId }),
          existence: wire.existence,
          values: shape.read(wire.values, wire.present, layout),
          complete: wire.complete,
          snapshot: wire.snapshot,
          echo: wire.echo === OURS ? 'ours' : wire.echo,
          transaction: wire.transaction,
        },
        before: wire.before === null ? null : shape.read(wire.before, wire.beforePresent, layout),
      };
    },
  };
}

export function recordShape(plan: EntityPlan): Shape<RecordMessage> {
  const shape = new ValuesShape(plan.entity, plan.fields);
  const values = new Slot(shape);
  return {
    schema: entitySchema(recordChangeSchema, plan.entity, plan.fields),
    layoutOf: () => noLayout,
    toWire(message): RecordChange<WireValues> {
      values.fill(message.values);
      return { ...message, values: values.record };
    },
    release: () => values.release(),
    fromWire: (wire: RecordChange<WireValues>) => ({ ...wire, values: shape.readAll(wire.values) }),
  };
}

export function commandShape(plan: EntityPlan): Shape<CommandMessage> {
  const shape = new ValuesShape(plan.entity, plan.fields);
  const slots: { values: Slot; expected: Slot }[] = [];
  let used = 0;
  const toWire = (command: IssuedCommand): ApplyChange<WireValues> => {
    const { values, expected } = (slots[used++] ??= { values: new Slot(shape), expected: new Slot(shape) });
    values.fill(command.values);
    expected.fill(command.expected);
    return {
      ...command,
      present: values.present,
      values: values.record,
      guarded: expected.present,
      expected: expected.record,
    };
  };
  return {
    schema: entitySchema(commandSchema, plan.entity, plan.fields),
    layoutOf: (writer) => shape.layoutOf(writer),
    toWire({ entity, stream, commands }): ApplyChanges<WireValues> {
      used = 0;
      return { entity, stream, commands: commands.map(toWire) };
    },
    release() {
      for (const { values, expected } of slots) {
        values.release();
        expected.release();
      }
      slots.length = Math.min(slots.length, SLOTS_KEPT);
    },
    fromWire: ({ entity, stream, commands }: ApplyChanges<WireValues>, layout) => ({
      entity,
      stream,
      commands: commands.map(({ present, values, guarded, expected, ...command }) => ({
        ...command,
        values: shape.read(values, present, layout),
        expected: shape.read(expected, guarded, layout),
      })),
    }),
  };
}

/** A kind of message without an entity's values in it. */
function plainShape<Message, Wire extends object>(
  schema: object,
  toWire: (message: Message) => Wire,
  fromWire: (wire: Wire) => Message,
): Shape<Message> {
  return { schema: schema as AvroRecord, toWire, fromWire, release() {}, layoutOf: () => noLayout };
}

export function outcomeShape(): Shape<OutcomeMessage> {
  return plainShape(
    outcomeSchema,
    (message: OutcomeMessage): CommandOutcomes => message,
    (wire) => ({ ...wire }),
  );
}

export function resolutionShape(): Shape<ResolutionMessage> {
  return plainShape(
    resolutionSchema,
    ({ entity, recordId, field, choice, revision, by, at }: ResolutionMessage): ResolveReview => ({
      entity,
      recordId,
      field,
      ...choiceToWire(choice),
      revision,
      by,
      at,
    }),
    ({ choice, system, value, ...wire }) => ({
      kind: 'resolution',
      ...wire,
      choice: choiceFromWire({ choice, system, value }),
    }),
  );
}

type WireChoice = Pick<ResolveReview, 'choice' | 'system' | 'value'>;

function choiceToWire(choice: ReviewChoice): WireChoice {
  if ('system' in choice) return { choice: 'system', system: choice.system, value: null };
  if ('canonical' in choice) return { choice: 'canonical', system: null, value: null };
  if ('values' in choice) return { choice: 'values', system: null, value: JSON.stringify(choice.values) };
  return { choice: 'value', system: null, value: JSON.stringify(choice.value) };
}

function choiceFromWire({ choice, system, value }: WireChoice): ReviewChoice {
  switch (choice) {
    case 'system':
      return { system: system ?? '' };
    case 'canonical':
      return { canonical: true };
    case 'value':
      return { value: JSON.parse(value ?? 'null') as Value };
    case 'values':
      return { values: JSON.parse(value ?? '{}') as Values };
  }
}

export function conflictShape(): Shape<ConflictMessage> {
  return plainShape(
    conflictSchema,
    (message: ConflictMessage): ConflictRecorded => ({
      ...message,
      incomingValue: JSON.stringify(message.incomingValue),
      canonicalValue: JSON.stringify(message.canonicalValue),
    }),
    (wire) => ({
      ...wire,
      incomingValue: JSON.parse(wire.incomingValue) as Value,
      canonicalValue: JSON.parse(wire.canonicalValue) as Value,
    }),
  );
}

export function auditShape(): Shape<AuditMessage> {
  return plainShape(
    auditSchema,
    (message: AuditMessage): DecisionsMade => message,
    (wire) => ({ ...wire }),
  );
}
