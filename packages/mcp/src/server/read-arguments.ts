import { AppError } from "@faultline/contracts";
import { z } from "zod";

/**
 * The arguments of a call, checked. Unknown names are refused and the valid ones told; a number, boolean, list or object that came
 * as a string ("42", "true", "[...]": models do that) is read as what the schema asks for.
 */
export function readArguments(schema: z.ZodObject, raw: unknown): Record<string, unknown> {
	const strict = schema.strict();
	const args = raw ?? {};
	const first = strict.safeParse(args);
	if (first.success) return first.data;
	const mended = mend(args, first.error.issues);
	const second = mended === undefined ? first : strict.safeParse(mended);
	if (second.success) return second.data;
	throw new AppError("BAD_INPUT", describe(second.error.issues), { hint: `the arguments are: ${describeArguments(schema)}` });
}

function mend(args: unknown, issues: readonly z.core.$ZodIssue[]): unknown {
	let changed = false;
	const copy: unknown = structuredClone(args);
	for (const issue of issues) {
		if (issue.code !== "invalid_type") continue;
		const parent = issue.path.slice(0, -1).reduce<unknown>((at, key) => (isContainer(at) ? at[key] : undefined), copy);
		const key = issue.path.at(-1);
		if (!isContainer(parent) || key === undefined) continue;
		const value = parent[key];
		if (value === null) {
			// models write null for what they leave out; a required argument is then told as missing
			delete parent[key];
			changed = true;
			continue;
		}
		const read = typeof value === "string" ? readAs(issue.expected, value.trim()) : undefined;
		if (read === undefined) continue;
		parent[key] = read;
		changed = true;
	}
	return changed ? copy : undefined;
}

function readAs(expected: string, text: string): unknown {
	if ((expected === "number" || expected === "int") && /^[+-]?\d+(\.\d+)?$/.test(text)) return Number(text);
	if (expected === "boolean" && /^(true|false)$/i.test(text)) return text.toLowerCase() === "true";
	if (expected === "array" && !text.startsWith("[")) return text.split(",").map((item) => item.trim());
	if (expected !== "array" && expected !== "object") return undefined;
	try {
		return JSON.parse(text);
	} catch {
		return undefined;
	}
}

function isContainer(value: unknown): value is Record<PropertyKey, unknown> {
	return typeof value === "object" && value !== null;
}

function describe(issues: readonly z.core.$ZodIssue[]): string {
	const lines = issues.slice(0, 5).map((issue) => {
		if (issue.code === "unrecognized_keys")
			return `unknown argument${issue.keys.length > 1 ? "s" : ""} ${issue.keys.map((key) => `"${key.slice(0, 60)}"`).join(", ")}`;
		return `${issue.path.length === 0 ? "the arguments" : issue.path.join(".")}: ${issue.message}`;
	});
	return lines.join("; ");
}

function describeArguments(schema: z.ZodObject): string {
	const names = Object.entries(schema.shape).map(([name, field]) =>
		z.safeParse(field as z.ZodType, undefined).success ? name : `${name} (required)`,
	);
	return names.length === 0 ? "none" : names.join(", ");
}
