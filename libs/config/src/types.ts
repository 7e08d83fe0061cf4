/** The config as the rest of Concord sees it: whole, checked, one spelling, defaults filled in. */
import type { Conversion, Normalization } from '@concord/transform';
import type { Place } from './place.ts';
import type { Secret } from './secret.ts';

type SystemBase = { readonly name: string; /** Role and aliases. */ readonly roles: readonly string[] };

export type PostgresSystemConfig = SystemBase & {
  readonly type: 'postgres';
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly schema: string;
  readonly user: string;
  readonly password: Secret | null;
  readonly tls: { readonly mode: 'disable' | 'require' | 'verify-full'; readonly authority: Secret | null };
};

export type SalesforceGrantConfig =
  | { readonly kind: 'jwt_bearer'; readonly clientId: string; readonly username: string; readonly privateKey: Secret }
  | { readonly kind: 'client_credentials'; readonly clientId: string; readonly clientSecret: Secret };

export type SalesforceSystemConfig = SystemBase & {
  readonly type: 'salesforce';
  readonly instanceUrl: string | null;
  readonly loginUrl: string;
  readonly grant: SalesforceGrantConfig;
  readonly pubsubEndpoint: string | null;
  readonly pubsubSecurity: 'tls' | 'plaintext';
  readonly apiVersion: string | null;
};

/** Systems that are accepted but not connected by this version. */
type OtherSystemConfig = SystemBase & { readonly type: 'netsuite' | 'zendesk' };

export type SystemConfig = PostgresSystemConfig | SalesforceSystemConfig | OtherSystemConfig;

export type SyncEnd = {
  /** Name of the system. */
  readonly system: string;
  /** `public.accounts` or `Account`. */
  readonly object: string;
  readonly filter: Readonly<Record<string, string | number | boolean>>;
  /** Whether changes made there are listened to. */
  readonly isCaptured: boolean;
  readonly place: Place;
};

export type FieldMapping = {
  readonly source: string;
  readonly target: string;
  /** The canonical name: the Postgres side's, else the target's. */
  readonly name: string;
  /** Between the source's own value and what it is elsewhere, the one nearest to the source first. */
  readonly conversions: readonly Conversion[];
  /** The form that travels. */
  readonly normalizations: readonly Normalization[];
  readonly place: Place;
};

type LastWriteWinsConfig = {
  readonly kind: 'last_write_wins';
  /** Absent is 0: the clocks count as they are. */
  readonly skewBoundMs?: number;
  /** Names of systems, strongest first. */
  readonly tieBreak?: readonly string[];
};
type SourcePriorityConfig = { readonly kind: 'source_priority'; readonly order: readonly string[] };
export type EffectiveConfig = LastWriteWinsConfig | SourcePriorityConfig | { readonly kind: 'max' | 'min' };

/** How concurrent edits of one field are answered; systems and fields under their own names. */
export type PolicyConfig =
  | EffectiveConfig
  | { readonly kind: 'field_level_priority'; readonly system: string }
  | { readonly kind: 'manual' | 'counter' | 'set_union' | 'set_delta' }
  | {
      readonly kind: 'paired';
      /** The field of each system that only it changes: canonical names by system. */
      readonly own: Readonly<Record<string, string>>;
      readonly effective: EffectiveConfig;
    };

export type ConflictConfig = {
  /** Of fields without a rule of their own. */
  readonly policy: PolicyConfig;
  /** Rules of single fields, by canonical name. */
  readonly fields: Readonly<Record<string, PolicyConfig>>;
  /** Canonical name of the field in which systems say when a record was last changed. */
  readonly timestampField: string | null;
  readonly deletePolicy: 'delete_wins' | 'update_wins' | 'manual';
};

type TargetEditConfig = 'overwritten' | 'kept' | 'reported';

/** What holds of a record; fields by their canonical names. */
export type ConditionConfig =
  | { readonly field: string; readonly in: readonly (string | number | boolean | null)[] }
  | { readonly all: readonly ConditionConfig[] }
  | { readonly any: readonly ConditionConfig[] }
  | { readonly not: ConditionConfig };

export type OwnershipConfig = {
  /** The system that alone changes a field, by canonical name. */
  readonly fields: Readonly<Record<string, { readonly owner: string; readonly targetEdits: TargetEditConfig | null }>>;
  /** The first rule that holds counts; an owner of null shares the record. */
  readonly records: readonly { readonly when: ConditionConfig; readonly owner: string | null }[];
  /** What happens to edits and deletes where none flow from; null is the usual. */
  readonly targetEdits: TargetEditConfig | null;
  readonly targetDeletes: TargetEditConfig | null;
};

export type LoopPreventionConfig = { readonly maxUpdates: number; readonly windowMs: number };

export type RetryConfig = {
  readonly attemptsMax: number;
  readonly backoffFactor: number;
  readonly initialDelayMs: number;
};

export type SyncConfig = {
  readonly name: string;
  readonly entity: string;
  readonly source: SyncEnd;
  readonly target: SyncEnd;
  readonly direction: 'bidirectional' | 'source_to_target' | 'target_to_source';
  readonly fieldMappings: readonly FieldMapping[];
  /** Fields that are one unit, by the name of the unit: canonical names. */
  readonly groups: Readonly<Record<string, readonly string[]>>;
  readonly conflict: ConflictConfig;
  readonly ownership: OwnershipConfig;
  /** Null: chains of automatic changes are not watched. */
  readonly loopPrevention: LoopPreventionConfig | null;
  /** An emptied field empties the others, or says nothing. */
  readonly nulls: 'preserve' | 'ignore';
  readonly initialLoad: 'full_load' | 'none';
  readonly retry: RetryConfig;
  readonly place: Place;
};

export type Installation = {
  readonly systems: Readonly<Record<string, SystemConfig>>;
  readonly syncs: readonly SyncConfig[];
};
