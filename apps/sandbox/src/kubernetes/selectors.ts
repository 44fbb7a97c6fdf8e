import type { KubeObject } from "./object.ts";

type Test = (object: KubeObject) => boolean;

/** A label selector ("app=web,tier in (a, b),!canary"); undefined where it cannot be parsed. */
export function labelSelector(text: string): Test | undefined {
	const tests: Test[] = [];
	for (const part of splitOutsideParentheses(text)) {
		const test = labelRequirement(part.trim());
		if (!test) return undefined;
		tests.push(test);
	}
	return (o) => tests.every((t) => t(o));
}

function splitOutsideParentheses(text: string): string[] {
	return text.split(/,(?![^(]*\))/).filter((p) => p.trim() !== "");
}

function labelRequirement(text: string): Test | undefined {
	const value = (o: KubeObject, key: string) => o.metadata.labels?.[key];
	const set = /^(\S+)\s+(in|notin)\s*\(([^)]*)\)$/.exec(text);
	if (set) {
		const [, key = "", operator, list = ""] = set;
		const values = list.split(",").map((v) => v.trim());
		return (o) => values.includes(value(o, key) ?? "") === (operator === "in");
	}
	const equality = /^([^=!\s]+)\s*(==|=|!=)\s*(\S*)$/.exec(text);
	if (equality) {
		const [, key = "", operator, wanted = ""] = equality;
		return (o) => (value(o, key) === wanted) === (operator !== "!=");
	}
	const exists = /^(!?)([^=!\s(),]+)$/.exec(text);
	return exists ? (o) => (value(o, exists[2] ?? "") !== undefined) === (exists[1] === "") : undefined;
}

/** A field selector ("status.phase=Running,metadata.name!=x"); undefined where it cannot be parsed. */
export function fieldSelector(text: string): Test | undefined {
	const tests: Test[] = [];
	for (const part of text.split(",").filter((p) => p !== "")) {
		const match = /^([A-Za-z.]+)(==|=|!=)(.*)$/.exec(part.trim());
		if (!match) return undefined;
		const [, path = "", operator, wanted = ""] = match;
		tests.push((o) => (fieldAt(o, path) === wanted) === (operator !== "!="));
	}
	return (o) => tests.every((t) => t(o));
}

/** A field by its dotted path, as text; "" where it is absent, as the API server has it. */
function fieldAt(object: KubeObject, path: string): string {
	let value: unknown = object;
	for (const key of path.split("."))
		value = typeof value === "object" && value !== null ? (value as Record<string, unknown>)[key] : undefined;
	return typeof value === "string" || typeof value === "number" || typeof value === "boolean" ? String(value) : "";
}
