import { createHash } from "node:crypto";
import type { MetricDataQuery } from "@aws-sdk/client-cloudwatch";
import { AppError, type MetricSeriesWire } from "@faultline/contracts";
import { redact } from "@faultline/platform";
import type { CloudWatchApi } from "./client.ts";
import { metricsLink } from "./console-links.ts";
import type { MetricWindow } from "./periods.ts";

const ID = /^[a-z][a-zA-Z0-9_]{0,254}$/;

/** "AWS/Lambda|Errors|Sum|FunctionName=resize" as one input of an expression. @throws AppError BAD_INPUT */
export function readInput(id: string, text: string, period: number): MetricDataQuery {
	const [namespace = "", name = "", statistic = "Average", dimensions = ""] = text.split("|").map((part) => part.trim());
	const pairs = dimensions.split(",").filter((pair) => pair.trim() !== "");
	const wrong = pairs.some((pair) => pair.indexOf("=") < 1);
	if (!ID.test(id) || namespace === "" || name === "" || wrong)
		throw new AppError("BAD_INPUT", `the input "${id.slice(0, 40)}" is not a metric`, {
			hint: 'ids begin with a small letter; write {"e": "AWS/Lambda|Errors|Sum|FunctionName=resize"}',
		});
	const Dimensions = pairs.map((pair) => ({
		Name: pair.slice(0, pair.indexOf("=")).trim(),
		Value: pair.slice(pair.indexOf("=") + 1).trim(),
	}));
	return {
		Id: id,
		MetricStat: { Metric: { Namespace: namespace, MetricName: name, Dimensions }, Period: period, Stat: statistic || "Average" },
		ReturnData: false,
	};
}

/** Metric math, SEARCH or a Metrics Insights query over a window: every page of its answer, one series for each label. */
export async function readExpression(
	api: CloudWatchApi,
	asked: { expression: string; inputs: Record<string, string>; window: MetricWindow; period: number; region: string },
	signal: AbortSignal,
): Promise<{ series: MetricSeriesWire[]; redactions: number }> {
	const { expression, window, period, region } = asked;
	const queries: MetricDataQuery[] = [
		...Object.entries(asked.inputs).map(([id, text]) => readInput(id, text, period)),
		{ Id: "expression", Expression: expression, Period: period },
	];
	const points = new Map<string, [number, number][]>();
	let NextToken: string | undefined;
	do {
		const page = await api.getMetricData(
			{
				MetricDataQueries: queries,
				StartTime: new Date(window.from),
				EndTime: new Date(window.to),
				ScanBy: "TimestampAscending",
				...(NextToken === undefined ? {} : { NextToken }),
			},
			signal,
		);
		for (const { Id, Label = "", Timestamps = [], Values = [] } of page.MetricDataResults ?? []) {
			if (Id !== "expression") continue;
			const own = points.get(Label) ?? [];
			points.set(Label, own);
			for (const [i, time] of Timestamps.entries()) own.push([time.getTime(), Values[i] ?? Number.NaN]);
		}
		NextToken = page.NextToken ?? undefined;
	} while (NextToken !== undefined);
	let redactions = 0;
	const series = [...points].flatMap(([label, all]): MetricSeriesWire[] => {
		const own = all.filter(([t]) => t >= window.from && t < window.to).sort((a, b) => a[0] - b[0]);
		if (own.length === 0) return [];
		const [name, metric] = [redact(label || expression), redact(expression)];
		redactions += name.count + metric.count;
		return [
			{
				id: `cloudwatch:metric:${createHash("sha256")
					.update(JSON.stringify([expression, asked.inputs, label]))
					.digest("hex")
					.slice(0, 16)}`,
				source: "cloudwatch",
				resource: name.text,
				metric: metric.text,
				unit: "",
				times: own.map(([t]) => t),
				values: own.map(([, v]) => (Number.isFinite(v) ? v : null)),
				url: metricsLink(region),
			},
		];
	});
	return { series, redactions };
}
