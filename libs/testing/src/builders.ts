/** Builders for the core's vocabulary: a test names what matters to it, the rest is ordinary. */
import type {
  CommandOutcome,
  EntityRules,
  FieldAccess,
  FieldPolicy,
  FieldType,
  SourceChange,
  SystemRules,
  Values,
} from '@concord/core';

const TEXT: FieldType = { kind: 'string' };
const LAST_WRITE_WINS: FieldPolicy = { kind: 'last_write_wins' };

/** Both ways, as text, unless told otherwise. */
export function access(options: Partial<FieldAccess> = {}): FieldAccess {
  return { type: TEXT, read: true, write: true, targetEdit: 'overwritten', ...options };
}

export function systemRules(
  fields: Readonly<Record<string, FieldAccess>>,
  options: Partial<SystemRules> = {},
): SystemRules {
  return { fields, readExistence: true, writeExistence: true, ...options };
}

type RulesOptions = {
  readonly fields?: readonly string[];
  readonly systems?: readonly string[];
  readonly policy?: FieldPolicy;
  readonly deletePolicy?: EntityRules['deletePolicy'];
  readonly ownership?: EntityRules['ownership'];
  readonly loopPrevention?: EntityRules['loopPrevention'];
  /** Systems that differ from the ordinary. */
  readonly differing?: Readonly<Record<string, SystemRules>>;
};

/** An entity of text fields synced both ways between some systems. */
export function entityRules(options: RulesOptions = {}): EntityRules {
  const { fields = ['a', 'b'], systems = ['P', 'S'], policy = LAST_WRITE_WINS, deletePolicy = 'delete_wins' } = options;
  const ordinary = systemRules(Object.fromEntries(fields.map((field) => [field, access()])));
  return {
    entity: 'things',
    fields: Object.fromEntries(fields.map((field) => [field, { type: TEXT, policy }])),
    systems: { ...Object.fromEntries(systems.map((system) => [system, ordinary])), ...options.differing },
    deletePolicy,
    ...(options.ownership === undefined ? {} : { ownership: options.ownership }),
    ...(options.loopPrevention === undefined ? {} : { loopPrevention: options.loopPrevention }),
  };
}

/** A user's change at `time`, which is its place in the stream and, unless told otherwise, also what the clock said. */
export function change(
  system: string,
  time: number,
  values: Values,
  options: Partial<SourceChange> = {},
): SourceChange {
  return {
    kind: 'change',
    system,
    position: String(time).padStart(8, '0'),
    at: time,
    nativeId: `${system}-1`,
    existence: 'exists',
    values,
    complete: false,
    snapshot: false,
    echo: null,
    transaction: String(time),
    ...options,
  };
}

export function outcome(system: string, sequence: number, options: Partial<CommandOutcome> = {}): CommandOutcome {
  const nothing = { staleFields: [], nativeId: null, code: null, reason: null };
  return { kind: 'outcome', system, sequence, result: 'applied', ...nothing, ...options };
}
