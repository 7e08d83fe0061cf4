// What a caller may put into a field, and what the platform makes of it: text is trimmed and empty text is null, times
// lose their fraction of a second, ids get their checksum.
import { ApiError } from '../errors.ts';
import { normalizeId } from '../ids.ts';
import type { Field, FieldType, Value } from '../model/field.ts';

type Normalizer = (field: Field, value: unknown) => Value;

const NORMALIZERS: Record<FieldType, Normalizer> = {
  id: plainText,
  string: plainText,
  textarea: plainText,
  picklist,
  multipicklist: picklist,
  phone: plainText,
  url: plainText,
  email,
  boolean,
  int: number,
  double: number,
  currency: number,
  percent: number,
  date,
  datetime: dateTime,
  time,
  reference: recordId,
  address: refuse,
  location: refuse,
};

export function normalize(field: Field, value: unknown): Value {
  if (value === null || value === undefined) {
    if (field.type === 'boolean') throw wrongType(field, value);
    return null;
  }
  return NORMALIZERS[field.type](field, value);
}

function plainText(field: Field, value: unknown): Value {
  if (typeof value !== 'string') throw wrongType(field, value);
  const trimmed = value.trim();
  if (trimmed.length > field.length) {
    const shown = trimmed.slice(0, 100);
    throw new ApiError(
      'STRING_TOO_LONG',
      `${field.label}: data value too large: ${shown} (max length=${field.length})`,
      {
        fields: [field.name],
      },
    );
  }
  return trimmed === '' ? null : trimmed;
}

function picklist(field: Field, value: unknown): Value {
  const chosen = plainText(field, value);
  if (chosen === null || !field.isRestrictedPicklist) return chosen;
  const values = field.type === 'multipicklist' ? String(chosen).split(';') : [String(chosen)];
  const wrong = values.find((each) => !field.picklist.includes(each));
  if (wrong === undefined) return chosen;
  throw new ApiError(
    'INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST',
    `${field.label}: bad value for restricted picklist field: ${wrong}`,
    { fields: [field.name] },
  );
}

function email(field: Field, value: unknown): Value {
  const address = plainText(field, value);
  if (address === null || /^[^\s@]+@[^\s@.]+(\.[^\s@.]+)+$/.test(String(address))) return address;
  throw new ApiError('INVALID_EMAIL_ADDRESS', `${field.label}: invalid email address: ${address}`, {
    fields: [field.name],
  });
}

function boolean(field: Field, value: unknown): Value {
  if (value === true || value === 'true') return true;
  if (value === false || value === 'false') return false;
  throw wrongType(field, value);
}

function number(field: Field, value: unknown): Value {
  const parsed = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  if (typeof parsed !== 'number' || !Number.isFinite(parsed)) throw wrongType(field, value);
  if (field.type === 'int' && !Number.isInteger(parsed)) throw wrongType(field, value);
  const wholeDigits = field.type === 'int' ? field.precision || 10 : field.precision - field.scale;
  if (Math.abs(parsed) < 10 ** wholeDigits) return parsed;
  throw new ApiError(
    'NUMBER_OUTSIDE_VALID_RANGE',
    `${field.label}: value outside of valid range on numeric field: ${parsed}`,
    {
      fields: [field.name],
    },
  );
}

function date(field: Field, value: unknown): Value {
  const match = typeof value === 'string' ? /^(\d{4})-(\d{2})-(\d{2})(T.*)?$/.exec(value) : null;
  const milliseconds = match ? Date.UTC(Number(match[1]), Number(match[2]) - 1, Number(match[3])) : Number.NaN;
  const isReal =
    match !== null && new Date(milliseconds).toISOString().startsWith(`${match[1]}-${match[2]}-${match[3]}`);
  if (!isReal) throw wrongType(field, value);
  return milliseconds;
}

function dateTime(field: Field, value: unknown): Value {
  const milliseconds = typeof value === 'string' ? parseDateTime(value) : undefined;
  if (milliseconds === undefined) throw wrongType(field, value);
  return Math.floor(milliseconds / 1000) * 1000;
}

/** Accepts the ISO form with a colon in the offset or, as the platform itself writes it, without. */
export function parseDateTime(text: string): number | undefined {
  if (!/^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?)?$/.test(text)) return undefined;
  const hasZone = /(Z|T.*[+-]\d{2}:?\d{2})$/.test(text) || !text.includes('T');
  const milliseconds = Date.parse((hasZone ? text : `${text}Z`).replace(/([+-]\d{2})(\d{2})$/, '$1:$2'));
  return Number.isNaN(milliseconds) ? undefined : milliseconds;
}

function time(field: Field, value: unknown): Value {
  const match = typeof value === 'string' ? /^(\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,3}))?Z?$/.exec(value) : null;
  if (!match) throw wrongType(field, value);
  const seconds = (Number(match[1]) * 60 + Number(match[2])) * 60 + Number(match[3]);
  return seconds * 1000 + Number((match[4] ?? '').padEnd(3, '0'));
}

function recordId(field: Field, value: unknown): Value {
  if (value === '') return null;
  const id = normalizeId(value);
  if (id) return id;
  throw new ApiError('MALFORMED_ID', `${field.label}: id value of incorrect type: ${String(value)}`, {
    fields: [field.name],
  });
}

function refuse(field: Field): never {
  throw new ApiError('INVALID_FIELD_FOR_INSERT_UPDATE', `Unable to create/update fields: ${field.name}.`, {
    fields: [field.name],
  });
}

function wrongType(field: Field, value: unknown): ApiError {
  const shown = JSON.stringify(value);
  return new ApiError('INVALID_TYPE_ON_FIELD_IN_RECORD', `${field.label}: value not of required type: ${shown}`, {
    fields: [field.name],
  });
}
