// All objects of the org, and who refers to whom. Definitions beyond the standard ones come from a JSON file or, while
// the emulator runs, from its administrator endpoint.
import type { Field } from './field.ts';
import type { ObjectType } from './object-type.ts';

export type Referrer = { object: ObjectType; field: Field };

export class Catalogue {
  readonly #objects = new Map<string, ObjectType>();
  readonly channels = new Map<string, string[]>();

  constructor(objects: ObjectType[]) {
    for (const each of objects) this.add(each);
  }

  add(object: ObjectType): void {
    this.#objects.set(object.name.toLowerCase(), object);
  }

  find(name: string): ObjectType | undefined {
    return this.#objects.get(name.toLowerCase());
  }

  all(): ObjectType[] {
    return [...this.#objects.values()];
  }

  findByKeyPrefix(id: string): ObjectType | undefined {
    return this.all().find((each) => each.facts.keyPrefix === id.slice(0, 3));
  }

  /** Reference fields that point at an object (describe's child relationships, cascades on delete). */
  referrersOf(name: string): Referrer[] {
    return this.all().flatMap((object) =>
      object.fields.filter((each) => each.referenceTo.includes(name)).map((each) => ({ object, field: each })),
    );
  }

  /** Entities whose events a topic carries, or undefined when there is no such topic. Topic names are case-sensitive. */
  entitiesOfTopic(topic: string): string[] | undefined {
    const tracked = this.all().filter((each) => !each.facts.isReadOnly);
    if (topic === '/data/ChangeEvents') return tracked.map((each) => each.name);
    const single = tracked.find((each) => `/data/${each.eventName}` === topic);
    if (single) return [single.name];
    return topic.startsWith('/data/') ? this.channels.get(topic.slice('/data/'.length)) : undefined;
  }
}
