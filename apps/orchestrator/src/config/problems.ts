import { z } from "zod";
import { nearest } from "./nearest.ts";

/** One thing wrong with a configuration: where, what, and how to mend it. Never the value itself: it may be a secret. */
export interface ConfigProblem {
	path: readonly PropertyKey[];
	/** 1-based, where the file says it. */
	line?: number;
	message: string;
	hint?: string;
	/** The value could not be known, so its own check says nothing more. */
	missingVariable?: boolean;
}

/** zod's issues as problems; an unknown key names the nearest valid one. */
export function problemsOf(error: z.ZodError, schema: z.ZodType): ConfigProblem[] {
	return error.issues.flatMap((issue) => problemsOfIssue(issue, schema));
}

function problemsOfIssue(issue: z.core.$ZodIssue, schema: z.ZodType): ConfigProblem[] {
	if (issue.code === "unrecognized_keys") {
		const known = keysAt(schema, issue.path);
		return issue.keys.map((key) => ({ path: [...issue.path, key], message: "unknown key", hint: hintForKey(key, known) }));
	}
	if (issue.code === "invalid_union") return [{ path: issue.path, message: issue.message }];
	if (issue.code === "invalid_type" && issue.expected === "object") {
		return [{ path: issue.path, message: "must be a section with keys below it", hint: hintForSection(keysAt(schema, issue.path)) }];
	}
	return [{ path: issue.path, message: issue.message.replace(/^Invalid input: /, "") }];
}

function hintForKey(key: string, known: readonly string[]): string {
	const near = nearest(key, known);
	return near === undefined ? hintForSection(known) : `did you mean "${near}"?`;
}

function hintForSection(known: readonly string[]): string {
	return `the keys here are ${known.join(", ")}`;
}

function keysAt(schema: z.ZodType, path: readonly PropertyKey[]): string[] {
	let at: unknown = unwrap(schema);
	for (const step of path) at = at instanceof z.ZodObject ? unwrap(at.shape[String(step)]) : undefined;
	return at instanceof z.ZodObject ? Object.keys(at.shape) : [];
}

function unwrap(schema: unknown): unknown {
	let at = schema;
	while (at instanceof z.ZodOptional || at instanceof z.ZodDefault || at instanceof z.ZodPrefault) at = at.unwrap();
	return at;
}

/** "line 4, sources.sentry.tokn: unknown key (did you mean "token"?)" */
export function describeProblem(problem: ConfigProblem): string {
	const where = [problem.line === undefined ? "" : `line ${problem.line}`, problem.path.map(String).join(".")]
		.filter((part) => part !== "")
		.join(", ");
	const hint = problem.hint === undefined ? "" : ` (${problem.hint})`;
	return `${where === "" ? "" : `${where}: `}${problem.message}${hint}`;
}
