import { z } from "zod";

type JsonSchema = Record<string, unknown>;

/** The input schema as tools/list publishes it: JSON Schema 2020-12, nothing but the named arguments. */
export function publishedInput(schema: z.ZodObject): JsonSchema & { type: "object" } {
	return { ...dropNoise(z.toJSONSchema(strictly(schema), { io: "input", unrepresentable: "any", reused: "inline" })), type: "object" };
}

/** `strict()` makes a new schema and drops what was said about the old one. */
function strictly(schema: z.ZodObject): z.ZodObject {
	return schema.strict().meta(schema.meta() ?? {});
}

/**
 * The output schema as tools/list publishes it: names and types of the first level only. A tool list is in a model's context all the
 * time, and the whole schema of a page of evidence would take thousands of tokens there; the whole is checked in the server. The dialect is
 * the protocol's default, JSON Schema 2020-12.
 */
export function publishedOutput(schema: z.ZodObject): JsonSchema & { type: "object" } {
	const whole = z.toJSONSchema(schema, { io: "output", unrepresentable: "any", reused: "inline" }) as JsonSchema;
	const { required: _required, ...shown } = prune(whole, 1);
	return { ...shown, type: "object" };
}

function prune(schema: JsonSchema, depth: number): JsonSchema {
	const { type, properties, required, items, enum: values, description } = schema;
	const base: JsonSchema = {
		...(type === undefined ? {} : { type }),
		...(values === undefined ? {} : { enum: values }),
		...(description === undefined ? {} : { description }),
	};
	if (isSchema(items)) base.items = prune(items, Math.max(0, depth - 1));
	if (depth === 0 || !isSchema(properties)) return base;
	base.properties = Object.fromEntries(
		Object.entries(properties).map(([name, inner]) => [name, isSchema(inner) ? prune(inner, depth - 1) : {}]),
	);
	if (required !== undefined) base.required = required;
	return base;
}

/** Patterns and longest lengths say less than the description, and the bounds of safe integers say nothing; the server checks them. */
function dropNoise(schema: unknown): JsonSchema {
	const isNoise = (key: string, value: unknown) =>
		(key === "pattern" && typeof value === "string") ||
		(key === "maxLength" && typeof value === "number") ||
		value === Number.MAX_SAFE_INTEGER ||
		value === Number.MIN_SAFE_INTEGER;
	return JSON.parse(JSON.stringify(schema, (key, value: unknown) => (isNoise(key, value) ? undefined : value))) as JsonSchema;
}

function isSchema(value: unknown): value is JsonSchema {
	return typeof value === "object" && value !== null && !Array.isArray(value);
}
