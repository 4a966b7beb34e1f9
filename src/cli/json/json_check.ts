import type { JsonField } from "./json_field.ts";

const TYPES: Readonly<Record<string, (value: unknown, fields: readonly JsonField[]) => boolean>> = {
  "text": (value) => typeof value === "string",
  "number": (value) => typeof value === "number",
  "true/false": (value) => typeof value === "boolean",
  "null": (value) => value === null,
  "list": (value) => Array.isArray(value) && value.every((item) => typeof item === "string"),
  "numbers": (value) => Array.isArray(value) && value.every((item) => typeof item === "number"),
  "object": hasFields,
  "objects": (value, fields) => Array.isArray(value) && value.every((item) => hasFields(item, fields)),
};

/** Whether a value that was read as JSON is an object with these fields, each of its type. It may have others too. */
export function hasFields(value: unknown, fields: readonly JsonField[]): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const object = value as Record<string, unknown>;
  return fields.every((field) =>
    Object.hasOwn(object, field.name) &&
    field.type.split(" or ").some((type) => TYPES[type]?.(object[field.name], field.fields) === true)
  );
}

/** The value with only these fields, in their order, in it and in the objects in it. It has to have them. */
export function pickFields(
  value: Readonly<Record<string, unknown>>,
  fields: readonly JsonField[],
): Record<string, unknown> {
  return Object.fromEntries(fields.map((field) => [field.name, pickValue(value[field.name], field.fields)]));
}

function pickValue(value: unknown, fields: readonly JsonField[]): unknown {
  if (fields.length === 0 || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => pickFields(item, fields));
  return pickFields(value as Record<string, unknown>, fields);
}
