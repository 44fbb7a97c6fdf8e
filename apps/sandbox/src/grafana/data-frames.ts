import { z } from "zod";
import type { Prometheus } from "./prometheus-api.ts";
import { QueryError } from "./promql/lexer.ts";

const Body = z.object({
	from: z.coerce.string(),
	to: z.coerce.string(),
	queries: z
		.array(
			z.looseObject({
				refId: z.string().default("A"),
				expr: z.string().optional(),
				intervalMs: z.number().default(15_000),
				maxDataPoints: z.number().default(1000),
				datasource: z.looseObject({ uid: z.string().optional() }).optional(),
			}),
		)
		.min(1),
});

type Row = { metric: Record<string, string>; values: [number, string][] };

/** POST /api/ds/query with Prometheus range queries: one data frame per series, or an error per query. */
export function answerDataQuery(prometheus: Prometheus, body: unknown): { status: number; reply: object } {
	const parsed = Body.safeParse(body);
	if (!parsed.success) return { status: 400, reply: { message: "bad request data" } };
	const [from, to] = [Number(parsed.data.from) / 1000, Number(parsed.data.to) / 1000];
	const results: Record<string, object> = {};
	let status = 200;
	for (const { refId, expr = "", intervalMs, maxDataPoints } of parsed.data.queries) {
		const step = Math.max(intervalMs / 1000, (to - from) / maxDataPoints, 1);
		try {
			const { result } = prometheus.queryRange({ query: expr, start: String(from), end: String(to), step: String(step) });
			results[refId] = { status: 200, frames: (result as Row[]).map((row) => frameOf(refId, expr, row)) };
		} catch (error) {
			if (!(error instanceof QueryError)) throw error;
			status = 400;
			results[refId] = { status: 400, error: `${error.kind}: ${error.message}`, errorSource: "downstream", frames: [] };
		}
	}
	return { status, reply: { results } };
}

function frameOf(refId: string, expr: string, { metric, values }: Row): object {
	const fields = [
		{ name: "Time", type: "time", typeInfo: { frame: "time.Time" } },
		{ name: metric.__name__ ?? "Value", type: "number", typeInfo: { frame: "float64" }, labels: metric },
	];
	return {
		schema: { refId, meta: { type: "timeseries-multi", executedQueryString: `Expr: ${expr}` }, fields },
		data: { values: [values.map(([t]) => t * 1000), values.map(([, v]) => Number(v))] },
	};
}
