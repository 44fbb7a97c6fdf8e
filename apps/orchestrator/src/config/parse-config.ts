import { configureRules } from "@faultline/logs/configured-rules";
import { type Document, isNode, LineCounter, parseDocument } from "yaml";
import { interpolate } from "./interpolate.ts";
import { type ConfigProblem, problemsOf } from "./problems.ts";
import { FaultlineConfig, LogsConfig, SOURCE_NAMES } from "./schema.ts";

export interface ParsedConfig {
	/** Absent where there are problems. */
	config?: FaultlineConfig;
	problems: ConfigProblem[];
}

/** faultline.yaml's text as a configuration, or every problem that it has. Opens nothing. */
export function parseConfig(text: string, env: Record<string, string | undefined>): ParsedConfig {
	const lines = new LineCounter();
	// Pretty errors quote the file, and the quoted line may hold a secret.
	const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true });
	if (document.errors.length > 0) {
		const problems = document.errors.map((e) => ({
			path: [],
			line: lines.linePos(e.pos[0]).line,
			message: `not YAML: ${syntaxWord(e.code)}`,
		}));
		return { problems };
	}
	const raw: unknown = document.toJS({ maxAliasCount: 100 });
	if (raw === null) return { problems: [emptyProblem()] };
	const problems: ConfigProblem[] = [];
	const filled = withEmptySections(interpolate(raw, env, [], problems));
	const parsed = FaultlineConfig.safeParse(filled);
	const unset = new Set(problems.filter((p) => p.missingVariable).map((p) => p.path.join(".")));
	if (!parsed.success) problems.push(...problemsOf(parsed.error, FaultlineConfig).filter((p) => !unset.has(p.path.join("."))));
	problems.push(...missingOf(filled), ...ruleProblems(filled));
	for (const problem of problems) problem.line ??= lineOf(document, lines, problem.path) ?? -1;
	for (const problem of problems) if (problem.line === -1) delete problem.line;
	problems.sort((a, b) => (a.line ?? Number.POSITIVE_INFINITY) - (b.line ?? Number.POSITIVE_INFINITY));
	return parsed.success && problems.length === 0 ? { config: parsed.data, problems } : { problems };
}

function emptyProblem(): ConfigProblem {
	return { path: [], message: "the file is empty", hint: "`faultline init` writes one" };
}

/** yaml's error codes in words, without the file's own text. */
function syntaxWord(code: string): string {
	return code.toLowerCase().replaceAll("_", " ");
}

/** A section with nothing below it (`kubernetes:`) means "with its defaults". */
function withEmptySections(raw: unknown): unknown {
	if (!isRecord(raw) || !isRecord(raw.sources)) return raw;
	const sources = Object.fromEntries(Object.entries(raw.sources).map(([name, value]) => [name, value ?? {}]));
	return { ...raw, sources };
}

/** What zod's shape cannot say: at least one source, and what a source cannot do without. */
function missingOf(raw: unknown): ConfigProblem[] {
	if (!isRecord(raw)) return [];
	if (isRecord(raw.sources) && Object.keys(raw.sources).length === 0) {
		return [{ path: ["sources"], message: "names no source", hint: `add at least one of ${SOURCE_NAMES.join(", ")}` }];
	}
	const sources = isRecord(raw.sources) ? raw.sources : {};
	const needed: [string, string, string][] = [
		["sentry", "organization", "the slug in your Sentry address, such as acme in acme.sentry.io"],
		["sentry", "token", `an internal integration's token, best as "\${SENTRY_AUTH_TOKEN}"`],
		["grafana", "url", "Grafana's address, such as https://grafana.example.com"],
		["grafana", "token", `a service account's token, best as "\${GRAFANA_SERVICE_ACCOUNT_TOKEN}"`],
	];
	return needed.flatMap(([source, key, hint]) => {
		const section = sources[source];
		if (!isRecord(section) || section[key] !== undefined || section.mcpUrl !== undefined) return [];
		return [{ path: ["sources", source, key], message: "is missing", hint }];
	});
}

/** What the shape of a rule cannot say: patterns that are none, names that are no rule's. Of a list whose shape is wrong the shape is told. */
function ruleProblems(raw: unknown): ConfigProblem[] {
	const logs = LogsConfig.safeParse(isRecord(raw) ? (raw.logs ?? {}) : {});
	const { problems } = configureRules(logs.data?.rules ?? []);
	return problems.map(({ index, key, ...problem }) => ({ path: ["logs", "rules", index, key], ...problem }));
}

function lineOf(document: Document, lines: LineCounter, path: readonly PropertyKey[]): number | undefined {
	for (let depth = path.length; depth > 0; depth--) {
		const parent = depth === 1 ? document.contents : document.getIn(path.slice(0, depth - 1), true);
		const pair = pairAt(parent, path[depth - 1]);
		if (pair !== undefined) return lines.linePos(pair).line;
	}
	return undefined;
}

/** Where a key (or an item) of a YAML node starts, in characters. */
function pairAt(parent: unknown, key: PropertyKey | undefined): number | undefined {
	if (!isNode(parent) || !("items" in parent)) return undefined;
	const items = parent.items as unknown[];
	const item =
		typeof key === "number" ? items[key] : items.find((each) => isRecord(each) && isNode(each.key) && String(each.key) === String(key));
	const node = isRecord(item) && isNode(item.key) ? item.key : item;
	return isNode(node) ? node.range?.[0] : undefined;
}

function isRecord(value: unknown): value is Record<string, unknown> {
	return typeof value === "object" && value !== null && !Array.isArray(value);
}
