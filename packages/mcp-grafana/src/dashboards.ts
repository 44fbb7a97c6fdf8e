import type { Dashboard, Panel } from "./wire.ts";
import { panelsOf } from "./wire.ts";

export interface PanelQueries {
	id: number | undefined;
	title: string;
	type: string;
	/** uid of the data source of the first query, where it is known. */
	datasource: string | undefined;
	/** Query models as the panel holds them, variables filled in. */
	models: Record<string, unknown>[];
}

/** What a query says, whichever data source it is for. */
const TEXT_KEYS = ["expr", "rawSql", "query", "target", "expression", "queryText", "sql"];
const INTERVALS: Record<string, string> = {
	__interval: "1m",
	__rate_interval: "4m",
	__range: "1h",
	__interval_ms: "60000",
	__range_s: "3600",
	__auto: "1m",
};

/** Panels with their queries, in which variables have the values that the dashboard was saved with. */
export function panelQueries({ dashboard }: Dashboard): PanelQueries[] {
	const variables = variablesOf(dashboard.templating?.list ?? []);
	return panelsOf(dashboard.panels).map((panel) => {
		const models = (panel.targets ?? []).map((t) => filled(t, variables) as Record<string, unknown>);
		return { id: panel.id, title: panel.title ?? "", type: panel.type, datasource: datasourceOf(panel, models, variables), models };
	});
}

export function queryText(model: Record<string, unknown>): string {
	for (const key of TEXT_KEYS) {
		const value = model[key];
		if (typeof value === "string" && value !== "") return value;
	}
	return "";
}

function datasourceOf(
	panel: Panel,
	models: readonly Record<string, unknown>[],
	variables: ReadonlyMap<string, string>,
): string | undefined {
	for (const ref of [models[0]?.datasource, panel.datasource]) {
		const uid = typeof ref === "string" ? ref : typeof ref === "object" && ref !== null && "uid" in ref ? ref.uid : undefined;
		if (typeof uid === "string" && uid !== "") return fill(uid, variables);
	}
	return undefined;
}

function variablesOf(
	list: readonly { name: string; current?: { value?: unknown } | null | undefined; query?: unknown }[],
): Map<string, string> {
	const values = new Map(Object.entries(INTERVALS));
	for (const { name, current, query } of list) {
		const value = current?.value ?? query;
		const all = Array.isArray(value) ? value.map(String) : [typeof value === "string" || typeof value === "number" ? String(value) : ""];
		values.set(name, all.some((v) => v === "$__all" || v === "All") ? ".*" : all.length > 1 ? `(${all.join("|")})` : (all[0] ?? ""));
	}
	return values;
}

function fill(text: string, variables: ReadonlyMap<string, string>): string {
	return text.replace(
		/\$\{(\w+)(?::\w+)?\}|\[\[(\w+)\]\]|\$(\w+)/g,
		(match, a?: string, b?: string, c?: string) => variables.get(a ?? b ?? c ?? "") ?? match,
	);
}

function filled(value: unknown, variables: ReadonlyMap<string, string>): unknown {
	if (typeof value === "string") return fill(value, variables);
	if (Array.isArray(value)) return value.map((v) => filled(v, variables));
	if (typeof value !== "object" || value === null) return value;
	return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, filled(v, variables)]));
}
