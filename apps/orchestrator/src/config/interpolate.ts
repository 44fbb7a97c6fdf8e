import type { ConfigProblem } from "./problems.ts";

const REFERENCE = /\$\$\{|\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}|\$\{[^}]*\}?/g;

/**
 * `${VAR}` in every text of a parsed document, replaced from the environment; `${VAR:-default}` where it is unset or empty, and
 * `$${` for a literal `${`. It works on values, not on the file's text, so that a variable's content cannot add keys.
 * A variable that is not set is a problem that names the variable, never a value.
 */
export function interpolate(
	value: unknown,
	env: Record<string, string | undefined>,
	path: readonly PropertyKey[],
	problems: ConfigProblem[],
): unknown {
	if (typeof value === "string") return interpolateText(value, env, path, problems);
	if (Array.isArray(value)) return value.map((item, i) => interpolate(item, env, [...path, i], problems));
	if (value === null || typeof value !== "object") return value;
	return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, interpolate(item, env, [...path, key], problems)]));
}

function interpolateText(
	text: string,
	env: Record<string, string | undefined>,
	path: readonly PropertyKey[],
	problems: ConfigProblem[],
): string {
	return text.replace(REFERENCE, (match, name: string | undefined, fallback: string | undefined) => {
		if (match === "$${") return "${";
		if (name === undefined) {
			problems.push({ path, message: `has a \${...} that is not \${NAME}`, hint: `write \${NAME}, or $\${ for a literal \${` });
			return "";
		}
		const found = env[name];
		if (found !== undefined && found !== "") return found;
		if (fallback !== undefined) return fallback;
		problems.push({
			path,
			message: `the environment variable ${name} is not set`,
			hint: `set it (export ${name}=...), or give a default: \${${name}:-...}`,
			missingVariable: true,
		});
		// A stand-in, so that the rest of the value is still checked; the configuration is refused anyhow.
		return "unset";
	});
}
