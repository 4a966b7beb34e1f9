/** One field of an object. */
export interface JsonField {
  /** Its name. */
  readonly name: string;
  /** `text`, `number`, `true/false`, `list` (of texts), `numbers` (a list), `object`, `objects` (a list); with `or null`. */
  readonly type: string;
  /** What it says. Times are ISO 8601 in UTC. */
  readonly meaning: string;
  /** The fields of the object, or of each of the objects; none for other types. */
  readonly fields: readonly JsonField[];
}

/** A field; `fields` are those in it. */
export const field = (
  name: string,
  type: string,
  meaning: string,
  fields: readonly JsonField[] = [],
): JsonField => ({ name, type, meaning, fields });

/** Each field with those in it, named as one reaches them: `windows.entries[].holder`. */
export function flattenFields(fields: readonly JsonField[], prefix = ""): JsonField[] {
  return fields.flatMap((one) => {
    const name = `${prefix}${one.name}`;
    const step = one.type.startsWith("objects") ? "[]." : ".";
    return [{ ...one, name }, ...flattenFields(one.fields, name + step)];
  });
}
