import { align } from "./format-evaluation.ts";

interface PrintedFit {
	weights: Readonly<Record<string, number>>;
	sets: readonly PrintedLeftOut[];
}

interface PrintedLeftOut {
	set: string;
	captures: number;
	inUse: readonly number[];
	faceValue: readonly number[];
	fitted: readonly number[];
	leftOut: readonly number[];
}

interface PrintedHealthy {
	set: string;
	from: string;
	windows: number;
	incidents: number;
	errors: number;
	called: readonly { capture: string; window: string; first: string | null }[];
}

/** The weights, and per set AC@1, AC@3 and AC@5 by each way of coming to them. */
export function formatFit({ weights, sets }: PrintedFit): string {
	const figures = (values: readonly number[]): string => values.map((v) => v.toFixed(3)).join(" / ");
	const table = [
		["AC@1 / AC@3 / AC@5", "captures", "in use", "at face value", "fitted on all sets", "fitted on the other sets"],
		...sets.map((s) => [s.set, String(s.captures), figures(s.inUse), figures(s.faceValue), figures(s.fitted), figures(s.leftOut)]),
	];
	const fitted = Object.entries(weights).map(([name, weight]) => `${name} ${weight}`);
	return [`fitted on all sets: ${fitted.join(", ")}`, ...align(table), ""].join("\n");
}

/** Windows that were called incidents are told one by one. */
const TOLD = 10;

/** Per set and origin, how many healthy windows were called incidents. */
export function formatHealthy(results: readonly PrintedHealthy[]): string {
	const table = [
		["", "cut from", "windows", "called incidents", "share", "errors"],
		...results.map((r) => [
			r.set,
			r.from,
			String(r.windows),
			String(r.incidents),
			(r.incidents / Math.max(1, r.windows)).toFixed(3),
			String(r.errors),
		]),
	];
	const called = results.flatMap((r) =>
		r.called.slice(0, TOLD).map((c) => `  ${r.set}/${c.capture} ${c.window}: ${c.first ?? "no cause"}`),
	);
	return [...align(table), ...called, ""].join("\n");
}
