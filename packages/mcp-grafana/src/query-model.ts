import { AppError } from "@faultline/contracts";

/** Where the text of a query stands in the model of a type of data source. */
const TEXT_KEY: readonly [RegExp, (text: string) => Record<string, unknown>][] = [
	[/prometheus/, (expr) => ({ expr, range: true, instant: false })],
	[/^loki$/, (expr) => ({ expr, queryType: "range" })],
	[/graphite/, (target) => ({ target })],
	[
		/(mysql|postgres|mssql|sqlite|clickhouse|snowflake|athena|redshift|bigquery|timestream|databricks|oracle|trino)/,
		(rawSql) => ({ rawSql, rawQuery: true, format: "table" }),
	],
	[/elasticsearch|opensearch/, (query) => ({ query, metrics: [{ type: "raw_data", id: "1" }], bucketAggs: [], timeField: "@timestamp" })],
];

/** The model of a query, in the form that the plugin of a data source takes. @throws AppError BAD_INPUT for JSON that is none */
export function modelOf(type: string, query: string): Record<string, unknown> {
	const text = query.trim();
	// LogQL begins with a brace as well, and is no JSON.
	if (/^\{\s*"/.test(text)) {
		try {
			return JSON.parse(text) as Record<string, unknown>;
		} catch {
			throw new AppError("BAD_INPUT", "the query model is not JSON", { hint: "a JSON object, or the query as text" });
		}
	}
	return TEXT_KEY.find(([pattern]) => pattern.test(type))?.[1](text) ?? { query: text };
}

const READING = /^\s*(?:--[^\n]*\n\s*|\/\*[\s\S]*?\*\/\s*)*\(*\s*(select|with|show|describe|desc|explain)\b/i;
const WRITING =
	/\b(insert|update|delete|drop|alter|create|truncate|grant|revoke|merge|replace|copy|call|exec|execute|attach|vacuum|into\s+outfile|into\s+dumpfile|do)\b/i;

/** Whether a query only reads: SQL is one statement that begins as a reading one and holds no word of a writing one outside quotes; every text of the model is looked at that could be SQL. */
export function isHarmless(model: Record<string, unknown>): boolean {
	const sql = [model.rawSql, model.sql, model.rawQueryText].filter((v): v is string => typeof v === "string" && v.trim() !== "");
	const influx =
		typeof model.query === "string" && /^\s*(select|insert|delete|drop|create|alter|update|show|grant|kill)\b/i.test(model.query)
			? [model.query]
			: [];
	return [...sql, ...influx].every((text) => {
		const bare = text.replace(/'(?:[^']|'')*'|"(?:[^"]|"")*"|`[^`]*`/g, "''").replace(/--[^\n]*|\/\*[\s\S]*?\*\//g, " ");
		return READING.test(text) && !WRITING.test(bare) && !/;\s*\S/.test(bare);
	});
}
