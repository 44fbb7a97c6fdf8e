import type { FastifyInstance, FastifyReply } from "fastify";
import type { World } from "../world.ts";
import { labelledSeries, metadataOf } from "./labelled-series.ts";
import { Evaluator, type LabelledSeries, type Labels, type Value } from "./promql/evaluate.ts";
import { durationMs, QueryError } from "./promql/lexer.ts";
import { type Expression, parseQuery, type Selector } from "./promql/parser.ts";

const MAX_POINTS = 11_000;
type Form = Record<string, string | string[] | undefined>;
/** What an endpoint answers under "data". */
type Answer = (form: Form, params: Record<string, string>) => unknown;

export interface Prometheus {
	/** Routes of /api/v1 by method-less path. */
	endpoints: Record<string, Answer>;
	/** A range query in the wire form of Prometheus, for Grafana's own query endpoint. */
	queryRange(form: Form): { resultType: string; result: unknown };
}

/** The reading half of Prometheus's HTTP API over the series of a world. */
export function createPrometheus(world: World): Prometheus {
	const series = labelledSeries(world);
	const metadata = metadataOf(world);
	const now = () => world.now() / 1000;
	const instant = (form: Form) => {
		const time = timeOf(form.time, now(), "time");
		return wireOf(new Evaluator(series).at(queryOf(form), time * 1000), time);
	};
	const range = (form: Form) => queryRange(series, form);
	const matching = (form: Form) => seriesMatching(series, form, now());
	const endpoints: Record<string, Answer> = {
		query: instant,
		query_range: range,
		series: (form) => {
			if (form["match[]"] === undefined) throw new QueryError("bad_data", "no match[] parameter provided");
			return matching(form).map((s) => s.labels);
		},
		labels: (form) => [...new Set(matching(form).flatMap((s) => Object.keys(s.labels)))].sort(),
		"label/:name/values": (form, { name = "" }) => [...new Set(matching(form).flatMap((s) => s.labels[name] ?? []))].sort(),
		metadata: (form) =>
			Object.fromEntries(
				[...metadata]
					.filter(([name]) => form.metric === undefined || form.metric === name)
					.slice(0, form.limit === undefined ? undefined : Number(form.limit)),
			),
		"status/buildinfo": () => ({ version: "3.0.0", revision: "sandbox", branch: "", buildUser: "", buildDate: "", goVersion: "" }),
	};
	return { endpoints, queryRange: range };
}

/** Mounts the API under a prefix; reads parameters from the query and from a form, as Prometheus does. */
export function mountPrometheus(app: FastifyInstance, prefix: string, { endpoints }: Prometheus): void {
	for (const [path, answer] of Object.entries(endpoints)) {
		app.route({
			method: ["GET", "POST"],
			url: `${prefix}/api/v1/${path}`,
			handler: (request, reply) => {
				const form = { ...(request.query as Form), ...(request.body as Form | undefined) };
				return sendAnswer(reply, () => answer(form, request.params as Record<string, string>));
			},
		});
	}
	app.get(`${prefix}/-/ready`, (_request, reply) => reply.send("Prometheus Server is Ready.\n"));
	app.get(`${prefix}/-/healthy`, (_request, reply) => reply.send("Prometheus Server is Healthy.\n"));
}

function sendAnswer(reply: FastifyReply, answer: () => unknown): FastifyReply {
	try {
		return reply.send({ status: "success", data: answer() });
	} catch (error) {
		if (!(error instanceof QueryError)) throw error;
		return reply.code(error.kind === "bad_data" ? 400 : 422).send({ status: "error", errorType: error.kind, error: error.message });
	}
}

function first(value: string | string[] | undefined): string | undefined {
	return Array.isArray(value) ? value[0] : value;
}

function queryOf(form: Form): Expression {
	const query = first(form.query);
	if (!query) throw new QueryError("bad_data", 'invalid parameter "query": unknown position: parse error: no expression found in input');
	return parseQuery(query);
}

/** Unix seconds or RFC 3339, in seconds. */
function timeOf(value: string | string[] | undefined, fallback: number | undefined, name: string): number {
	const text = first(value);
	if (text === undefined && fallback !== undefined) return fallback;
	const seconds = text === undefined || text === "" ? Number.NaN : Number.isFinite(Number(text)) ? Number(text) : Date.parse(text) / 1000;
	if (Number.isFinite(seconds)) return seconds;
	throw new QueryError("bad_data", `invalid parameter "${name}": cannot parse ${JSON.stringify(text ?? "")} to a valid timestamp`);
}

function stepOf(value: string | string[] | undefined): number {
	const text = first(value) ?? "";
	const seconds = Number.isFinite(Number(text)) ? Number(text) : durationMs(text) / 1000;
	if (!(seconds > 0))
		throw new QueryError(
			"bad_data",
			'invalid parameter "step": zero or negative query resolution step widths are not accepted. Try a positive integer',
		);
	return seconds;
}

function queryRange(series: readonly LabelledSeries[], form: Form): { resultType: string; result: unknown } {
	const expression = queryOf(form);
	const [start, end, step] = [timeOf(form.start, undefined, "start"), timeOf(form.end, undefined, "end"), stepOf(form.step)];
	if (end < start) throw new QueryError("bad_data", 'invalid parameter "end": end timestamp must not be before start time');
	if ((end - start) / step > MAX_POINTS)
		throw new QueryError(
			"bad_data",
			"exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query resolution (?step=XX)",
		);
	const evaluator = new Evaluator(series);
	const rows = new Map<string, { metric: Labels; values: [number, string][] }>();
	for (let i = 0; start + i * step <= end; i++) {
		const time = start + i * step;
		const value = evaluator.at(expression, time * 1000);
		if (value.type === "matrix" || value.type === "string")
			throw new QueryError(
				"bad_data",
				`invalid parameter "query": invalid expression type "${value.type === "matrix" ? "range vector" : "string"}" for range query, must be Scalar or instant Vector`,
			);
		const samples = value.type === "scalar" ? [{ labels: {}, value: value.value }] : value.samples;
		for (const sample of samples) {
			const key = JSON.stringify(sample.labels);
			const row = rows.get(key) ?? { metric: sample.labels, values: [] };
			row.values.push([time, numberText(sample.value)]);
			rows.set(key, row);
		}
	}
	return { resultType: "matrix", result: [...rows.values()] };
}

function wireOf(value: Value, time: number): object {
	switch (value.type) {
		case "scalar":
			return { resultType: "scalar", result: [time, numberText(value.value)] };
		case "string":
			return { resultType: "string", result: [time, value.value] };
		case "vector":
			return { resultType: "vector", result: value.samples.map((s) => ({ metric: s.labels, value: [time, numberText(s.value)] })) };
		case "matrix":
			return {
				resultType: "matrix",
				result: value.series.map((s) => ({
					metric: s.labels,
					values: Array.from(s.times, (t, i) => [t / 1000, numberText(s.values[i] ?? Number.NaN)]),
				})),
			};
	}
}

function numberText(value: number): string {
	if (Number.isNaN(value)) return "NaN";
	if (!Number.isFinite(value)) return value > 0 ? "+Inf" : "-Inf";
	return String(value);
}

/** Series with at least one sample in [start, end] (the whole history where missing) that one of match[] selects. */
function seriesMatching(series: readonly LabelledSeries[], form: Form, now: number): LabelledSeries[] {
	const [start, end] = [timeOf(form.start, Number.NEGATIVE_INFINITY, "start") * 1000, timeOf(form.end, now, "end") * 1000];
	const matches = [form["match[]"] ?? []].flat();
	const selectors = matches.map((text): Selector => {
		const parsed = parseQuery(text);
		if (parsed.type !== "selector") throw new QueryError("bad_data", 'invalid parameter "match[]": not a series selector');
		return parsed;
	});
	const evaluator = new Evaluator(series);
	const selected = selectors.length === 0 ? series : [...new Set(selectors.flatMap((s) => evaluator.select(s)))];
	return selected.filter(({ times }) => times.some((t) => t >= start && t <= end));
}
