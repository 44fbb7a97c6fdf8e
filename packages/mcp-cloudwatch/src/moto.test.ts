import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { EvidencePage } from "@faultline/contracts";
import { connectInProcess, openSource } from "@faultline/mcp";
import { runClient } from "@faultline/sandbox/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { source } from "./index.ts";

const INSTALL = "pip install awscli moto flask flask-cors (npm test does it)";
const AWS = {
	AWS_ACCESS_KEY_ID: "x",
	AWS_SECRET_ACCESS_KEY: "x",
	AWS_SESSION_TOKEN: "",
	AWS_DEFAULT_REGION: "eu-west-1",
	AWS_PAGER: "",
	AWS_CONFIG_FILE: "/dev/null",
};

/** A whole half hour that has ended: moto refuses events of the future, and too old ones. */
const END = Math.floor(Date.now() / 60_000) * 60_000;
const START = END - 30 * 60_000;
const iso = (ms: number) => new Date(ms).toISOString();

/** moto, an emulator of AWS that others maintain, on a port of its own choice. */
async function startMoto(): Promise<{ child: ChildProcess; url: string }> {
	const child = spawn("moto_server", ["-H", "127.0.0.1", "-p", "0"], { stdio: ["ignore", "ignore", "pipe"] });
	const url = await new Promise<string>((resolve, reject) => {
		child.once("error", (error) => reject(new Error(`moto_server cannot be run (${error.message}). Install it: ${INSTALL}`)));
		child.once("close", (code) => reject(new Error(`moto_server ended with ${code}`)));
		createInterface({ input: child.stderr }).on("line", (line) => {
			const found = /Running on (http:\/\/127\.0\.0\.1:\d+)/.exec(line)?.[1];
			if (found) resolve(found);
		});
	});
	return { child, url };
}

async function fill(url: string): Promise<void> {
	const aws = async (...args: string[]) => {
		const { code, stderr } = await runClient("aws", ["--endpoint-url", url, ...args], AWS, INSTALL);
		if (code !== 0) throw new Error(`aws ${args.slice(0, 2).join(" ")}: ${stderr}`);
	};
	const events = Array.from({ length: 120 }, (_, i) => ({
		timestamp: START + i * 15_000,
		message: JSON.stringify({ level: i < 90 ? "info" : "error", msg: `request ${i}` }),
	}));
	const points = Array.from({ length: 30 }, (_, i) => ({
		MetricName: "Latency",
		Dimensions: [{ Name: "ServiceName", Value: "web" }],
		Timestamp: iso(START + i * 60_000),
		Value: 100 + i,
		Unit: "Milliseconds",
	}));
	await aws("logs", "create-log-group", "--log-group-name", "/ecs/web");
	await aws("logs", "create-log-stream", "--log-group-name", "/ecs/web", "--log-stream-name", "web-1");
	await aws("logs", "put-log-events", "--log-group-name", "/ecs/web", "--log-stream-name", "web-1", "--log-events", JSON.stringify(events));
	await aws("cloudwatch", "put-metric-data", "--namespace", "Shop", "--metric-data", JSON.stringify(points));
	await aws(
		"cloudwatch",
		"put-metric-alarm",
		"--alarm-name",
		"slow",
		"--namespace",
		"Shop",
		"--metric-name",
		"Latency",
		"--dimensions",
		"Name=ServiceName,Value=web",
		"--statistic",
		"Average",
		"--period",
		"60",
		"--evaluation-periods",
		"1",
		"--threshold",
		"120",
		"--comparison-operator",
		"GreaterThanThreshold",
	);
	await aws(
		"cloudwatch",
		"set-alarm-state",
		"--alarm-name",
		"slow",
		"--state-value",
		"ALARM",
		"--state-reason",
		"web is slow",
		"--state-reason-data",
		JSON.stringify({ recentDatapoints: [125], threshold: 120 }),
	);
}

describe("cloudwatch over an emulator of AWS", () => {
	let moto: Awaited<ReturnType<typeof startMoto>>;
	let servers: ReturnType<typeof openSource>;
	let connection: Awaited<ReturnType<typeof connectInProcess>>;
	beforeAll(async () => {
		moto = await startMoto();
		await fill(moto.url);
		servers = openSource(source, { AWS_REGION: "eu-west-1", AWS_ENDPOINT_URL: moto.url });
		connection = await connectInProcess(servers.factory);
	}, 120_000);
	afterAll(async () => {
		await connection?.close();
		await servers?.close();
		moto?.child.kill();
	});

	const read = async (tool: string, input: object) =>
		EvidencePage.parse((await connection.callTool(tool, { from: iso(START), to: iso(END), ...input })).data);

	it("reads every log event, whatever the emulator's own page", async () => {
		const signals = [];
		let cursor: string | undefined;
		do {
			const page = await read("search_logs", { limit: 100, ...(cursor ? { cursor } : {}) });
			signals.push(...page.signals);
			cursor = page.nextCursor;
		} while (cursor);
		expect(signals.map((s) => s.body)).toEqual(Array.from({ length: 120 }, (_, i) => `request ${i}`));
		expect(signals.filter((s) => s.severity === 17)).toHaveLength(30);
		expect(signals[0]).toMatchObject({ service: "web", resource: "web-1", time: iso(START) });
	});

	it("reads metrics with their unit", async () => {
		const { series } = await read("query_metrics", {});
		expect(series).toMatchObject([
			{ resource: "web", service: "web", metric: "Latency", unit: "ms", values: Array.from({ length: 30 }, (_, i) => 100 + i) },
		]);
	});

	it("tells what is in ALARM although this emulator keeps no history", async () => {
		const { signals, coverage } = await read("list_alarms", { to: iso(Date.now() + 60_000) });
		expect(signals).toMatchObject([
			{
				kind: "alert",
				service: "web",
				body: "web is slow",
				alert: { name: "slow", metric: "Latency", threshold: 120, value: 125, state: "ALARM" },
			},
		]);
		expect(coverage).toMatchObject({ status: "partial", reason: expect.stringContaining("alarm history: UNAVAILABLE") });
	});

	it("runs a Logs Insights query to its end, whose lines are those of FilterLogEvents", async () => {
		const page = await read("search_logs", { limit: 200, engine: "insights" });
		expect(page.signals.map((s) => s.body)).toEqual(Array.from({ length: 120 }, (_, i) => `request ${i}`));
		const { data } = await connection.callTool("query_logs", {
			from: iso(START),
			to: iso(END),
			query: "fields @timestamp, @message | limit 5",
		});
		expect(data).toMatchObject({ rows: { length: 5 } });
	});

	it("reads another account through a role from the list, and no other", async () => {
		const aws = async (...args: string[]) => await runClient("aws", ["--endpoint-url", moto.url, ...args], AWS, INSTALL);
		const assumed = await aws("sts", "assume-role", "--role-arn", "arn:aws:iam::210987654321:role/reader", "--role-session-name", "fill");
		const keys = (JSON.parse(assumed.stdout) as { Credentials: Record<string, string> }).Credentials;
		const theirs = {
			...AWS,
			AWS_ACCESS_KEY_ID: keys.AccessKeyId ?? "",
			AWS_SECRET_ACCESS_KEY: keys.SecretAccessKey ?? "",
			AWS_SESSION_TOKEN: keys.SessionToken ?? "",
		};
		const made = await runClient(
			"aws",
			["--endpoint-url", moto.url, "logs", "create-log-group", "--log-group-name", "/theirs"],
			theirs,
			INSTALL,
		);
		expect(made.code).toBe(0);
		const two = openSource(source, {
			AWS_ENDPOINT_URL: moto.url,
			FAULTLINE_CLOUDWATCH_ACCOUNTS: "own=eu-west-1,other=eu-west-1@arn:aws:iam::210987654321:role/reader",
		});
		const both = await connectInProcess(two.factory);
		const groups = async (account: string) => (await both.callTool("list_log_groups", { account })).data as { groups: { name: string }[] };
		expect((await groups("other")).groups.map((g) => g.name)).toEqual(["/theirs"]);
		expect((await groups("own")).groups.map((g) => g.name)).toEqual(["/ecs/web"]);
		await both.close();
		await two.close();
	}, 60_000);
});
