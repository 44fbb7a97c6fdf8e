import { RANGE_FUNCTIONS, type Samples, VALUE_FUNCTIONS } from "./functions.ts";
import { QueryError } from "./lexer.ts";
import { type Expression, type Grouping, type Matching, matcherOf, type Selector } from "./parser.ts";

export type Labels = Record<string, string>;

export interface LabelledSeries extends Samples {
	labels: Labels;
}

export interface Sample {
	labels: Labels;
	value: number;
}

export type Value =
	| { type: "scalar"; value: number }
	| { type: "string"; value: string }
	| { type: "vector"; samples: Sample[] }
	| { type: "matrix"; series: LabelledSeries[] };

/** A sample is current for five minutes, as in Prometheus by default. */
const LOOKBACK_MS = 300_000;

/** Evaluates queries over fixed series; selections are remembered, so that a range query selects once. */
export class Evaluator {
	readonly #series: readonly LabelledSeries[];
	readonly #selected = new Map<Selector, LabelledSeries[]>();

	constructor(series: readonly LabelledSeries[]) {
		this.#series = series;
	}

	/** The value of an expression at one instant, in milliseconds. */
	at(expression: Expression, time: number): Value {
		switch (expression.type) {
			case "number":
				return { type: "scalar", value: expression.value };
			case "string":
				return { type: "string", value: expression.value };
			case "selector":
				return expression.range === undefined ? this.#instant(expression, time) : this.#range(expression, expression.range, time);
			case "negate":
				return mapValues(this.at(expression.of, time), (v) => -v);
			case "call":
				return this.#call(expression.name, expression.args, time);
			case "aggregate":
				return this.#aggregate(expression, time);
			case "binary":
				return binary(expression, this.at(expression.left, time), this.at(expression.right, time));
		}
	}

	select(selector: Selector): LabelledSeries[] {
		const known = this.#selected.get(selector);
		if (known) return known;
		const tests = selector.matchers.map((m) => ({ label: m.label, test: matcherOf(m) }));
		const found = this.#series.filter((s) => tests.every(({ label, test }) => test(s.labels[label] ?? "")));
		this.#selected.set(selector, found);
		return found;
	}

	#instant(selector: Selector, now: number): Value {
		const time = now - selector.offset;
		const samples: Sample[] = [];
		for (const { labels, times, values } of this.select(selector)) {
			const at = countUpTo(times, time) - 1;
			if (at >= 0 && (times[at] ?? 0) > time - LOOKBACK_MS) samples.push({ labels, value: values[at] ?? Number.NaN });
		}
		return { type: "vector", samples };
	}

	#range(selector: Selector, range: number, now: number): Value & { type: "matrix" } {
		const time = now - selector.offset;
		const series: LabelledSeries[] = [];
		for (const { labels, times, values } of this.select(selector)) {
			const [start, end] = [countUpTo(times, time - range), countUpTo(times, time)];
			if (end > start) series.push({ labels, times: times.subarray(start, end), values: values.subarray(start, end) });
		}
		return { type: "matrix", series };
	}

	#call(name: string, args: readonly Expression[], time: number): Value {
		const [first, ...rest] = args;
		const ofRange = own(RANGE_FUNCTIONS, name);
		if (ofRange) {
			if (first?.type !== "selector" || first.range === undefined || rest.length > 0)
				throw new QueryError("bad_data", `parse error: expected type range vector in call to function "${name}"`);
			const window = { from: time - first.offset - first.range, to: time - first.offset };
			const found = this.#range(first, first.range, time).series.map((s) => ({ labels: withoutName(s.labels), value: ofRange(s, window) }));
			return { type: "vector", samples: found.filter((s): s is Sample => s.value !== undefined) };
		}
		const ofValue = own(VALUE_FUNCTIONS, name);
		if (ofValue) {
			if (!first) throw new QueryError("bad_data", `parse error: expected an argument in call to "${name}"`);
			const scalars = rest.map((a) => scalarOf(this.at(a, time)));
			return mapValues(this.at(first, time), (v) => ofValue(v, ...scalars));
		}
		if (name === "time" && !first) return { type: "scalar", value: time / 1000 };
		if (name === "vector" && first) return { type: "vector", samples: [{ labels: {}, value: scalarOf(this.at(first, time)) }] };
		throw new QueryError(
			"execution",
			`the sandbox does not support the function "${name}" (only ${[...Object.keys(RANGE_FUNCTIONS), ...Object.keys(VALUE_FUNCTIONS), "time", "vector"].join(", ")})`,
		);
	}

	#aggregate(expression: Expression & { type: "aggregate" }, time: number): Value {
		const { operator, grouping, of, parameter } = expression;
		const groups = groupSamples(vectorOf(this.at(of, time), operator), grouping);
		if (operator === "topk" || operator === "bottomk") {
			const k = parameter ? scalarOf(this.at(parameter, time)) : 1;
			const order = operator === "topk" ? -1 : 1;
			return { type: "vector", samples: groups.flatMap((g) => [...g.samples].sort((a, b) => order * (a.value - b.value)).slice(0, k)) };
		}
		return {
			type: "vector",
			samples: groups.map(({ labels, samples }) => ({
				labels,
				value: reduceGroup(
					operator,
					samples.map((s) => s.value),
				),
			})),
		};
	}
}

function own<T>(table: Record<string, T>, name: string): T | undefined {
	return Object.hasOwn(table, name) ? table[name] : undefined;
}

/** How many entries of an ascending array are at most `limit`. */
export function countUpTo(times: Float64Array, limit: number): number {
	let [low, high] = [0, times.length];
	while (low < high) {
		const middle = (low + high) >> 1;
		if ((times[middle] ?? 0) <= limit) low = middle + 1;
		else high = middle;
	}
	return low;
}

export function withoutName(labels: Labels): Labels {
	const { __name__: _, ...rest } = labels;
	return rest;
}

function vectorOf(value: Value, where: string): Sample[] {
	if (value.type !== "vector")
		throw new QueryError("bad_data", `parse error: expected type instant vector in "${where}", got ${value.type}`);
	return value.samples;
}

function scalarOf(value: Value): number {
	if (value.type !== "scalar") throw new QueryError("bad_data", `parse error: expected type scalar, got ${value.type}`);
	return value.value;
}

function mapValues(value: Value, map: (v: number) => number): Value {
	if (value.type === "scalar") return { type: "scalar", value: map(value.value) };
	return { type: "vector", samples: vectorOf(value, "expression").map((s) => ({ labels: withoutName(s.labels), value: map(s.value) })) };
}

const keyOf = (labels: Labels): string => JSON.stringify(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)));

function groupSamples(samples: readonly Sample[], { without, labels }: Grouping): { labels: Labels; samples: Sample[] }[] {
	const groups = new Map<string, { labels: Labels; samples: Sample[] }>();
	for (const sample of samples) {
		const kept = Object.fromEntries(Object.entries(withoutName(sample.labels)).filter(([k]) => labels.includes(k) !== without));
		const key = keyOf(kept);
		const group = groups.get(key);
		if (group) group.samples.push(sample);
		else groups.set(key, { labels: kept, samples: [sample] });
	}
	return [...groups.values()];
}

function reduceGroup(operator: string, values: readonly number[]): number {
	const total = values.reduce((a, b) => a + b, 0);
	if (operator === "count") return values.length;
	if (operator === "sum") return total;
	if (operator === "avg") return total / values.length;
	return values.reduce((a, b) => (operator === "min" ? Math.min(a, b) : Math.max(a, b)));
}

const ARITHMETIC: Record<string, (a: number, b: number) => number> = {
	"+": (a, b) => a + b,
	"-": (a, b) => a - b,
	"*": (a, b) => a * b,
	"/": (a, b) => a / b,
	"%": (a, b) => a % b,
	"^": (a, b) => a ** b,
};
const COMPARISON: Record<string, (a: number, b: number) => boolean> = {
	"==": (a, b) => a === b,
	"!=": (a, b) => a !== b,
	">": (a, b) => a > b,
	"<": (a, b) => a < b,
	">=": (a, b) => a >= b,
	"<=": (a, b) => a <= b,
};

/** One result; undefined where a comparison filters it out. `kept` is what a comparison without bool keeps. */
function combine(operator: string, bool: boolean, a: number, b: number, kept: number): number | undefined {
	const compare = own(COMPARISON, operator);
	if (compare) return bool ? Number(compare(a, b)) : compare(a, b) ? kept : undefined;
	return own(ARITHMETIC, operator)?.(a, b);
}

function binary({ operator, bool, matching }: Expression & { type: "binary" }, left: Value, right: Value): Value {
	const filters = own(COMPARISON, operator) !== undefined && !bool;
	if (left.type === "scalar" && right.type === "scalar") {
		if (filters) throw new QueryError("bad_data", "parse error: comparisons between scalars must use BOOL modifier");
		return { type: "scalar", value: combine(operator, bool, left.value, right.value, left.value) ?? Number.NaN };
	}
	const named = (labels: Labels) => (filters ? labels : withoutName(labels));
	const keep = (labels: Labels, value: number | undefined): Sample[] => (value === undefined ? [] : [{ labels: named(labels), value }]);
	if (right.type === "scalar")
		return {
			type: "vector",
			samples: vectorOf(left, operator).flatMap((s) => keep(s.labels, combine(operator, bool, s.value, right.value, s.value))),
		};
	if (left.type === "scalar")
		return {
			type: "vector",
			samples: vectorOf(right, operator).flatMap((s) => keep(s.labels, combine(operator, bool, left.value, s.value, s.value))),
		};
	const partners = indexOneToOne(vectorOf(right, operator), matching);
	indexOneToOne(vectorOf(left, operator), matching);
	const samples = vectorOf(left, operator).flatMap((s) => {
		const partner = partners.get(keyOf(matchingLabels(s.labels, matching)));
		const labels = filters
			? s.labels
			: matching?.on
				? matchingLabels(s.labels, matching)
				: named(matching ? matchingLabels(s.labels, matching) : s.labels);
		return partner ? keep(labels, combine(operator, bool, s.value, partner.value, s.value)) : [];
	});
	return { type: "vector", samples };
}

function matchingLabels(labels: Labels, matching: Matching | undefined): Labels {
	const { on, labels: listed } = matching ?? { on: false, labels: [] };
	return Object.fromEntries(Object.entries(withoutName(labels)).filter(([k]) => listed.includes(k) === on));
}

function indexOneToOne(samples: readonly Sample[], matching: Matching | undefined): Map<string, Sample> {
	const index = new Map<string, Sample>();
	for (const sample of samples) {
		const key = keyOf(matchingLabels(sample.labels, matching));
		if (index.has(key))
			throw new QueryError(
				"execution",
				"found duplicate series for the match group: many-to-many matching not allowed: matching labels must be unique on one side",
			);
		index.set(key, sample);
	}
	return index;
}
