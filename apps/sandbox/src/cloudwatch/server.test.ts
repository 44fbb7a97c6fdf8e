import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Listener, listen } from "../listener.ts";
import { at, runClient, SAMPLE_WINDOW, sampleEvidence } from "../testing/index.ts";
import { createWorld } from "../world.ts";
import { createCloudWatchApi } from "./server.ts";

let api: Listener;
beforeAll(async () => {
	api = await listen(createCloudWatchApi(createWorld(sampleEvidence())), "127.0.0.1", 0);
});
afterAll(async () => await api.close());

const CREDENTIALS = {
	AWS_ACCESS_KEY_ID: "test",
	AWS_SECRET_ACCESS_KEY: "test",
	AWS_SESSION_TOKEN: "",
	AWS_DEFAULT_REGION: "us-east-1",
	AWS_PAGER: "",
	AWS_CONFIG_FILE: "/dev/null",
	AWS_EC2_METADATA_DISABLED: "true",
};

/** The AWS command line, which shares no code with us. */
async function aws(...args: string[]): Promise<Record<string, unknown>> {
	const result = await runClient(
		"aws",
		["--endpoint-url", api.url, "--output", "json", ...args],
		CREDENTIALS,
		"pip install awscli (PyPI), or apt-get install awscli",
	);
	expect(result.stderr).toBe("");
	expect(result.code).toBe(0);
	return JSON.parse(result.stdout || "{}");
}

/** Version 1 prints times as the wire has them, version 2 as ISO 8601. */
const ms = (time: string | number) => (typeof time === "number" ? time * 1000 : Date.parse(time));

async function post(headers: Record<string, string>, body: string) {
	const response = await fetch(api.url, { method: "POST", headers: { authorization: "AWS4-HMAC-SHA256 x", ...headers }, body });
	return { status: response.status, text: await response.text() };
}

const logs = async (operation: string, input: object) => {
	const { status, text } = await post(
		{ "x-amz-target": `Logs_20140328.${operation}`, "content-type": "application/x-amz-json-1.1" },
		JSON.stringify(input),
	);
	return { status, body: JSON.parse(text) };
};
const metrics = async (operation: string, input: object) => {
	const { status, text } = await post(
		{ "x-amz-target": `GraniteServiceVersion20100801.${operation}`, "content-type": "application/x-amz-json-1.0" },
		JSON.stringify(input),
	);
	return { status, body: JSON.parse(text) };
};

describe("the AWS command line", () => {
	it("lists groups and streams", async () => {
		const groups = await aws("logs", "describe-log-groups");
		expect((groups.logGroups as { logGroupName: string }[]).map((g) => g.logGroupName)).toEqual([
			"/aws/events/aws.rds",
			"/services/orders",
			"/services/stock",
		]);
		const streams = await aws("logs", "describe-log-streams", "--log-group-name", "/services/orders");
		expect((streams.logStreams as { logStreamName: string }[]).map((s) => s.logStreamName)).toEqual([
			"orders-7d4b9c6f58-m9k2p",
			"orders-7d4b9c6f58-x2x7q",
		]);
	});

	it("filters log events, page by page", async () => {
		const found = await aws(
			"logs",
			"filter-log-events",
			"--log-group-name",
			"/services/orders",
			"--filter-pattern",
			'"connection refused"',
			"--page-size",
			"7",
		);
		const events = found.events as { message: string; timestamp: number; logStreamName: string }[];
		expect(events).toHaveLength(20);
		expect(events[0]?.timestamp).toBe(Date.parse(at(20)));
		expect(JSON.parse(events[0]?.message ?? "")).toMatchObject({
			level: "ERROR",
			message: "could not reserve stock for order 40: connection refused",
		});
	});

	it("reads metrics", async () => {
		const listed = await aws("cloudwatch", "list-metrics", "--metric-name", "Database Connections");
		expect(listed.Metrics).toEqual([
			{ Namespace: "Capture/sample", MetricName: "Database Connections", Dimensions: [{ Name: "Resource", Value: "stock-db" }] },
		]);
		const query = [{ Id: "m1", MetricStat: { Metric: (listed.Metrics as object[])[0], Period: 300, Stat: "Maximum" } }];
		const data = await aws(
			"cloudwatch",
			"get-metric-data",
			"--metric-data-queries",
			JSON.stringify(query),
			"--start-time",
			SAMPLE_WINDOW.from,
			"--end-time",
			SAMPLE_WINDOW.to,
			"--scan-by",
			"TimestampAscending",
		);
		const [result] = data.MetricDataResults as { Timestamps: (string | number)[]; Values: number[]; StatusCode: string }[];
		expect(result?.Values).toEqual([12, 12, 12, 12, 100, 100]);
		expect(result?.Timestamps.map(ms)).toEqual([0, 5, 10, 15, 20, 25].map((m) => Date.parse(at(m))));
		expect(result?.StatusCode).toBe("Complete");
	});

	it("reads alarms and their history", async () => {
		const { MetricAlarms } = (await aws("cloudwatch", "describe-alarms")) as { MetricAlarms: Record<string, unknown>[] };
		expect(MetricAlarms).toHaveLength(1);
		expect(MetricAlarms[0]).toMatchObject({ AlarmName: "OrdersFailing", StateValue: "ALARM", MetricName: "error.ratio", Threshold: 0.05 });
		const { AlarmHistoryItems } = (await aws("cloudwatch", "describe-alarm-history", "--alarm-name", "OrdersFailing")) as {
			AlarmHistoryItems: { Timestamp: string | number; HistorySummary: string }[];
		};
		expect(AlarmHistoryItems.map((h) => [ms(h.Timestamp), h.HistorySummary])).toEqual([
			[Date.parse(at(22)), "Alarm updated from OK to ALARM"],
		]);
	});
});

describe("log events", () => {
	it("page to the end without loss or repeat", async () => {
		const ids: string[] = [];
		let nextToken: string | undefined;
		do {
			const { body } = await logs("FilterLogEvents", { logGroupName: "/services/orders", limit: 7, ...(nextToken ? { nextToken } : {}) });
			ids.push(...body.events.map((e: { eventId: string }) => e.eventId));
			nextToken = body.nextToken;
		} while (nextToken);
		expect(ids).toHaveLength(60);
		expect(new Set(ids).size).toBe(60);
	});

	it("end a stream by answering the same token", async () => {
		const input = { logGroupName: "/services/stock", logStreamName: "stock", startFromHead: true, limit: 20 };
		const first = (await logs("GetLogEvents", input)).body;
		const second = (await logs("GetLogEvents", { ...input, nextToken: first.nextForwardToken })).body;
		const third = (await logs("GetLogEvents", { ...input, nextToken: second.nextForwardToken })).body;
		expect([first.events.length, second.events.length, third.events.length]).toEqual([20, 11, 0]);
		expect(third.nextForwardToken).toBe(second.nextForwardToken);
	});

	it.each([
		["?refused ?nothing", 20],
		["order -refused", 40],
		["%order 4[0-9]:%", 10],
		['{ $.level = "ERROR" }', 20],
		['{ $.level = "ERR*" && $.message != "*order 41*" }', 19],
		["absent", 0],
	])("match the pattern %s", async (filterPattern, count) => {
		expect((await logs("FilterLogEvents", { logGroupName: "/services/orders", filterPattern })).body.events).toHaveLength(count);
	});

	it.each([
		[{ logGroupName: "/no/such" }, "ResourceNotFoundException"],
		[{ logGroupName: "/services/orders", limit: 10_001 }, "InvalidParameterException"],
		[{ logGroupName: "/services/orders", nextToken: "bogus" }, "InvalidParameterException"],
		[{ logGroupName: "/services/orders", filterPattern: "[a, b]" }, "InvalidParameterException"],
		[{ logGroupName: "/services/orders", filterPattern: "%(%" }, "InvalidParameterException"],
	])("refuse %j as AWS does", async (input, code) => {
		const { status, body } = await logs("FilterLogEvents", input);
		expect([status, body.__type]).toEqual([400, code]);
	});
});

describe("metrics", () => {
	const window = { StartTime: Date.parse(SAMPLE_WINDOW.from) / 1000, EndTime: Date.parse(SAMPLE_WINDOW.to) / 1000 };
	const dimensions = [
		{ Name: "Resource", Value: "orders" },
		{ Name: "ServiceName", Value: "orders" },
	];
	const query = (Id: string, MetricName: string, Stat: string, Period = 60) => ({
		Id,
		MetricStat: { Metric: { Namespace: "Capture/sample", MetricName, Dimensions: dimensions }, Period, Stat },
	});

	it("page by datapoints to the end", async () => {
		const values: number[] = [];
		let NextToken: string | undefined;
		let pages = 0;
		do {
			const { body } = await metrics("GetMetricData", {
				...window,
				MetricDataQueries: [query("a", "error.ratio", "Average"), query("b", "http_requests_total", "Average")],
				MaxDatapoints: 25,
				ScanBy: "TimestampAscending",
				...(NextToken ? { NextToken } : {}),
			});
			for (const r of body.MetricDataResults) values.push(...r.Values);
			NextToken = body.NextToken;
			pages++;
		} while (NextToken);
		expect([pages, values.length]).toEqual([3, 60]);
		expect(values.at(-1)).toBe(600 * 29);
	});

	it("compute statistics of a period", async () => {
		const stats = ["Sum", "Minimum", "SampleCount", "p50"];
		const { body } = await metrics("GetMetricData", {
			...window,
			MetricDataQueries: stats.map((s, i) => query(`q${i}`, "http_requests_total", s, 1800)),
		});
		expect(body.MetricDataResults.map((r: { Values: number[] }) => r.Values)).toEqual([[600 * 435], [0], [30], [600 * 14.5]]);
	});

	it("give the unit with statistics, and nothing for a metric that is not there", async () => {
		const input = {
			...window,
			Namespace: "Capture/sample",
			MetricName: "Database Connections",
			Dimensions: [{ Name: "Resource", Value: "stock-db" }],
			Period: 1800,
			Statistics: ["Maximum"],
		};
		expect((await metrics("GetMetricStatistics", input)).body.Datapoints).toEqual([
			{ Timestamp: window.StartTime, Maximum: 100, Unit: "Count" },
		]);
		expect((await metrics("GetMetricStatistics", { ...input, MetricName: "nothing" })).body.Datapoints).toEqual([]);
	});

	it.each([
		[{ Period: 45 }, "ValidationError"],
		[{ Stat: "Middle" }, "ValidationError"],
	])("refuse %j", async (change, code) => {
		const bad = query("a", "error.ratio", "Average");
		const { status, body } = await metrics("GetMetricData", {
			...window,
			MetricDataQueries: [{ ...bad, MetricStat: { ...bad.MetricStat, ...change } }],
		});
		expect([status, body.__type]).toEqual([400, code]);
	});
});

describe("the wire", () => {
	it("speaks the Query protocol with XML, as older command lines do", async () => {
		const form = new URLSearchParams({
			Action: "GetMetricData",
			Version: "2010-08-01",
			StartTime: SAMPLE_WINDOW.from,
			EndTime: SAMPLE_WINDOW.to,
			ScanBy: "TimestampAscending",
			"MetricDataQueries.member.1.Id": "a",
			"MetricDataQueries.member.1.MetricStat.Period": "900",
			"MetricDataQueries.member.1.MetricStat.Stat": "Maximum",
			"MetricDataQueries.member.1.MetricStat.Metric.Namespace": "Capture/sample",
			"MetricDataQueries.member.1.MetricStat.Metric.MetricName": "Database Connections",
			"MetricDataQueries.member.1.MetricStat.Metric.Dimensions.member.1.Name": "Resource",
			"MetricDataQueries.member.1.MetricStat.Metric.Dimensions.member.1.Value": "stock-db",
		});
		const { status, text } = await post({ "content-type": "application/x-www-form-urlencoded; charset=utf-8" }, form.toString());
		expect(status).toBe(200);
		expect(text).toContain("<Values><member>12</member><member>100</member></Values>");
		expect(text).toContain(`<Timestamps><member>${at(0)}</member><member>${at(15)}</member></Timestamps>`);
		const wrong = await post({ "content-type": "application/x-www-form-urlencoded" }, "Action=DescribeAlarms&NextToken=x");
		expect([wrong.status, wrong.text.includes("<Code>InvalidNextToken</Code>")]).toEqual([400, true]);
	});

	it("refuses what it does not know", async () => {
		expect((await logs("DeleteLogGroup", {})).body.__type).toBe("UnknownOperationException");
		expect((await post({ "content-type": "application/cbor" }, "x")).text).toContain("UnknownOperationException");
		expect((await post({ "x-amz-target": "Logs_20140328.FilterLogEvents" }, "{")).text).toContain("SerializationException");
		const unsigned = await fetch(api.url, { method: "POST", headers: { "x-amz-target": "Logs_20140328.DescribeLogGroups" }, body: "{}" });
		expect(unsigned.status).toBe(403);
	});
});
