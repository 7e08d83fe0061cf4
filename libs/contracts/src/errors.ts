import { codes, type Code, type Reaction } from './codes.ts';

/** Where a message lies in Kafka. */
export type MessagePlace = { topic: string; partition?: number; offset?: string | number };

/**
 * A message that does not keep the contract, or a registry that cannot be asked. Reaction and hint follow from the code;
 * the message text never holds field values, since those may be personal data.
 */
export class ContractError extends Error {
  readonly code: Code;
  readonly reaction: Reaction;
  readonly hint: string;
  readonly place: MessagePlace | null;

  constructor(code: Code, message: string, options: { place?: MessagePlace; cause?: unknown } = {}) {
    super(options.place ? `${message} (${describe(options.place)})` : message, { cause: options.cause });
    this.name = 'ContractError';
    this.code = code;
    this.reaction = codes[code].reaction;
    this.hint = codes[code].hint;
    this.place = options.place ?? null;
  }
}

function describe(place: MessagePlace): string {
  const parts = [`topic ${place.topic}`];
  if (place.partition !== undefined) parts.push(`partition ${place.partition}`);
  if (place.offset !== undefined) parts.push(`offset ${place.offset}`);
  return parts.join(', ');
}
