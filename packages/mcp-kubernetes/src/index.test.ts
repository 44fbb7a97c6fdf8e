import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EvidencePage, type Signal } from "@faultline/contracts";
import { connectInProcess, type McpConnection, openSource } from "@faultline/mcp";
import { describeSource, startUpstream } from "@faultline/mcp/testing";
import {
	at,
	CRASHING,
	captured,
	clusterEvidence,
	createKubernetesApi,
	type Listener,
	SAMPLE_WINDOW,
	startApi,
	WELL,
} from "@faultline/sandbox/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { source } from "./index.ts";

const TOKEN = "kubernetes-token-4711";
let folder: string;
let files = 0;

async function kubeconfigFor(server: string): Promise<string> {
	folder ??= await mkdtemp(join(tmpdir(), "faultline-kubeconfig-"));
	const path = join(folder, `config-${files++}`);
	const config = {
		apiVersion: "v1",
		kind: "Config",
		clusters: [{ name: "c", cluster: { server } }],
		users: [{ name: "u", user: { token: TOKEN } }],
		contexts: [{ name: "c", context: { cluster: "c", user: "u" } }],
		"current-context": "c",
	};
	await writeFile(path, JSON.stringify(config));
	return path;
}
afterAll(async () => {
	if (folder !== undefined) await rm(folder, { recursive: true, force: true });
});

describeSource({
	source,
	module: new URL("./index.ts", import.meta.url),
	env: async (url) => ({ KUBECONFIG: await kubeconfigFor(url) }),
	secrets: [TOKEN],
	tokens: 3159,
	badEnv: {
		env: { FAULTLINE_KUBERNETES_NAMESPACES: "Not_A_Name", FAULTLINE_KUBERNETES_LINK: "dashboard" },
		mentions: ["FAULTLINE_KUBERNETES_NAMESPACES", "FAULTLINE_KUBERNETES_LINK"],
	},
});

async function connectTo(url: string, env: Record<string, string> = {}) {
	const servers = openSource(source, { KUBECONFIG: await kubeconfigFor(url), ...env });
	const connection = await connectInProcess(servers.factory);
	return {
		connection,
		close: async () => {
			await connection.close();
			await servers.close();
		},
	};
}

/** Calls a tool page by page, as the pipeline does. */
async function readAll(connection: McpConnection, tool: string, input: Record<string, unknown> = {}) {
	const pages: EvidencePage[] = [];
	let cursor: string | undefined;
	do {
		const page = EvidencePage.parse((await connection.callTool(tool, { ...SAMPLE_WINDOW, ...input, ...(cursor ? { cursor } : {}) })).data);
		pages.push(page);
		cursor = page.nextCursor;
	} while (cursor !== undefined && pages.length < 200);
	return { pages, signals: pages.flatMap((p) => p.signals), coverage: pages.at(-1)?.coverage, topology: pages[0]?.topology };
}

const evidence = await captured(clusterEvidence());
const told = (s: Signal) => ({ time: Date.parse(s.time), service: s.service, resource: s.resource, body: s.body, traceId: s.traceId });
const inOrder = (a: { time: number; body: string; resource: string }, b: { time: number; body: string; resource: string }) =>
	a.time - b.time || (a.body < b.body ? -1 : a.body > b.body ? 1 : a.resource < b.resource ? -1 : 1);

describe("kubernetes over the sandbox", () => {
	let api: Listener;
	let kubernetes: Awaited<ReturnType<typeof connectTo>>;
	beforeAll(async () => {
		api = await startApi(createKubernetesApi, evidence);
		kubernetes = await connectTo(api.url, { FAULTLINE_KUBERNETES_LINK: "https://dash.example/{kind}/{namespace}/{name}" });
	});
	afterAll(async () => {
		await kubernetes.close();
		await api.close();
	});

	it.each([1000, 7])("brings every log line back once, in order, in pages of %i", async (limit) => {
		const { signals, pages, coverage } = await readAll(kubernetes.connection, "search_logs", { limit });
		const expected = evidence.signals.filter((s) => s.kind === "log" && !s.body.includes("password=")).map(told);
		const found = signals.filter((s) => s.redactions === 0);
		expect(found.map(told).sort(inOrder)).toEqual(expected.sort(inOrder));
		expect(signals.map((s) => Date.parse(s.time))).toEqual(signals.map((s) => Date.parse(s.time)).sort((a, b) => a - b));
		expect(new Set(signals.map((s) => s.id)).size).toBe(signals.length);
		expect(pages.every((p) => p.signals.length <= limit)).toBe(true);
		expect(coverage).toMatchObject({ status: "ok", truncated: false, ...SAMPLE_WINDOW });
		expect(signals.filter((s) => s.body.startsWith("could not")).every((s) => s.severity === 17)).toBe(true);
		expect(signals.filter((s) => s.body.startsWith("WARN")).every((s) => s.severity === 13)).toBe(true);
	});

	it("takes secrets out of log lines", async () => {
		const { signals } = await readAll(kubernetes.connection, "search_logs");
		expect(JSON.stringify(signals)).not.toContain("hunter2");
		expect(signals.filter((s) => s.redactions > 0)).toHaveLength(1);
	});

	it("keeps to both ends of the window, and to what is asked", async () => {
		const half = await readAll(kubernetes.connection, "search_logs", { from: at(10), to: at(12), pod: WELL });
		expect(half.signals.map((s) => s.time)).toEqual([at(10.5), at(11.5)].map((t) => t.replace(".000", "")));
		const some = await readAll(kubernetes.connection, "search_logs", {
			workload: "orders",
			include: "RESERVE*refused|nothing",
			exclude: "order 4",
		});
		expect(some.signals.map((s) => s.body)).toHaveLength(10);
		expect((await readAll(kubernetes.connection, "search_logs", { selector: "app.kubernetes.io/name=stock" })).signals).toHaveLength(31);
		expect((await readAll(kubernetes.connection, "search_logs", { namespace: "shop" })).signals).toHaveLength(60);
	});

	it("brings the cluster's events back with their counts, pods and services", async () => {
		const { signals, coverage } = await readAll(kubernetes.connection, "list_events", { limit: 1 });
		expect(signals.map((s) => [s.event?.reason, s.time, s.count, s.severity, s.resource, s.service])).toEqual([
			["Pulled", at(1).replace(".000", ""), 1, 9, WELL, "orders"],
			["BackOff", at(22).replace(".000", ""), 8, 13, CRASHING, "orders"],
		]);
		expect(signals[1]).toMatchObject({
			body: "Back-off restarting failed container orders",
			event: {
				reporter: "kubernetes",
				type: "Warning",
				object: { kind: "Pod", namespace: "shop", name: CRASHING },
				lastTime: at(28).replace(".000", ""),
			},
		});
		expect(signals[1]?.url).toBe(`https://dash.example/pod/shop/${CRASHING}`);
		expect(Date.parse(coverage?.oldestAvailable ?? "")).toBe(Date.parse(at(-300)));
		expect(
			(await readAll(kubernetes.connection, "list_events", { type: "Warning", object: CRASHING, namespace: "shop" })).signals,
		).toHaveLength(1);
	});

	it("finds an event that began before the window and lasts into it", async () => {
		const { signals } = await readAll(kubernetes.connection, "list_events", { from: at(24), to: at(26) });
		expect(signals.map((s) => s.event?.reason)).toEqual(["BackOff"]);
	});

	it("restores rollouts as the changes that they were", async () => {
		const { signals } = await readAll(kubernetes.connection, "list_changes", { limit: 1 });
		expect(signals.map((s) => ({ service: s.service, time: Date.parse(s.time), ...s.change }))).toEqual([
			{ service: "orders", time: Date.parse(at(12)), type: "config", id: "timeout-2", title: "raise the timeout", author: "jo" },
			{
				service: "stock",
				time: Date.parse(at(18)),
				type: "deploy",
				id: "d-17",
				commitId: "0a1b2c3d4e5f60718293a4b5c6d7e8f901234567",
				title: "stock 1.4.2",
				author: "mia",
			},
		]);
		expect(signals[0]?.attributes.environment).toEqual(["CONFIG_VERSION added"]);
		expect(JSON.stringify(signals)).not.toContain('"value"');
	});

	it("brings status snapshots back, what is not well first", async () => {
		const { signals, topology } = await readAll(kubernetes.connection, "get_workloads", { limit: 2 });
		for (const original of evidence.signals.filter((s) => s.event?.status)) {
			const { kind, name } = original.event?.object ?? { kind: "", name: "" };
			const back = signals.find((s) => s.event?.object.kind === kind && s.event.object.name === name);
			expect(back?.event?.object).toEqual(original.event?.object);
			expect(shifted(back?.event?.status), `${kind} ${name}`).toMatchObject(shifted(original.event?.status) as object);
		}
		const crashing = signals.find((s) => s.resource === CRASHING);
		expect(crashing).toMatchObject({
			service: "orders",
			severity: 0,
			body: expect.stringContaining("CrashLoopBackOff; orders restarted 4 times (last: OOMKilled, exit code 137)"),
		});
		expect(Date.parse(crashing?.time ?? "")).toBe(Date.parse(at(25)));
		expect(signals.findIndex((s) => s.resource === WELL)).toBeGreaterThan(signals.findIndex((s) => s.resource === CRASHING));
		expect(topology?.edges).toContainEqual({ from: "orders", to: CRASHING, kind: "owns", learnedFrom: "kubernetes" });
		expect(topology?.edges).toContainEqual({ from: CRASHING, to: "node-a", kind: "runs-on", learnedFrom: "kubernetes" });
	});

	it("says the state in under 2 KB", async () => {
		const { text } = await kubernetes.connection.callTool("get_workloads", SAMPLE_WINDOW);
		expect(Buffer.byteLength(text)).toBeLessThan(2048);
		for (const part of ["CrashLoopBackOff", "1 of 2 ready", "MemoryPressure"]) expect(text).toContain(part);
		expect(
			(await readAll(kubernetes.connection, "get_workloads", { unhealthy: true, namespace: "shop" })).signals
				.map((s) => s.event?.object.kind)
				.sort(),
		).toEqual(["Deployment", "Node", "Pod"]);
	});

	it("checks what the account may read", async () => {
		const { data } = await kubernetes.connection.callTool("check_access");
		expect(data).toMatchObject({ ok: true });
		expect((data as { checks: { name: string }[] }).checks.map((c) => c.name)).toEqual([
			"logs",
			"events",
			"changes",
			"workloads",
			"timeline",
		]);
	});

	it("reads only the allowed namespaces", async () => {
		const narrow = await connectTo(api.url, { FAULTLINE_KUBERNETES_NAMESPACES: "shop, default" });
		const one = await connectTo(api.url, { FAULTLINE_KUBERNETES_NAMESPACES: "default" });
		try {
			expect((await readAll(narrow.connection, "search_logs")).signals).toHaveLength(91);
			expect((await readAll(one.connection, "search_logs")).signals).toHaveLength(31);
			expect((await readAll(one.connection, "list_events")).signals).toEqual([]);
		} finally {
			await narrow.close();
			await one.close();
		}
	});

	it("answers a quiet window with an empty page", async () => {
		for (const tool of ["search_logs", "list_events", "list_changes"]) {
			const { signals, coverage } = await readAll(kubernetes.connection, tool, {
				from: "2020-01-01T00:00:00Z",
				to: "2020-01-01T00:01:00Z",
			});
			expect(signals, tool).toEqual([]);
			expect(coverage, tool).toMatchObject({ status: "ok", truncated: false });
		}
	});
});

/** Times without milliseconds, as the cluster keeps them. */
function shifted(value: unknown): unknown {
	return JSON.parse(JSON.stringify(value ?? null).replace(/(\d\d:\d\d:\d\d)\.000Z/g, "$1Z"));
}

describe("kubernetes with a server that allows only some of it", () => {
	it("gives what can be read, and says what cannot", async () => {
		const upstream = await startUpstream((request, response) => {
			const path = new URL(request.url ?? "", "http://x").pathname;
			const answer = (status: number, body: unknown) =>
				response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
			if (path === "/api/v1/pods")
				return answer(200, {
					kind: "PodList",
					metadata: {},
					items: [
						{
							metadata: { name: "a", namespace: "n", creationTimestamp: at(0) },
							spec: { containers: [{ name: "c" }, { name: "d" }] },
							status: { phase: "Running", containerStatuses: [] },
						},
						{ nonsense: true },
					],
				});
			if (path === "/api/v1/namespaces/n/pods/a/log")
				return request.url?.includes("container=c")
					? response.writeHead(200).end(`${at(3)} hello\nno timestamp here\n`)
					: answer(403, { kind: "Status", message: "SECRET-WORDS" });
			return answer(403, { kind: "Status", message: "SECRET-WORDS" });
		});
		const { connection, close } = await connectTo(upstream.url);
		try {
			const logs = await readAll(connection, "search_logs");
			expect(logs.signals.map((s) => s.body)).toEqual(["hello"]);
			expect(logs.signals[0]?.attributes).toEqual({ "k8s.container.name": "c" });
			expect(logs.coverage).toMatchObject({
				status: "partial",
				skipped: [expect.stringContaining("1 pods were not as expected"), expect.stringMatching(/pod n\/a, container d: FORBIDDEN/)],
			});
			const state = await readAll(connection, "get_workloads");
			expect(state.signals.map((s) => s.resource)).toEqual(["a"]);
			expect(state.coverage?.skipped?.length).toBe(5);
			const access = await connection.callTool("check_access");
			expect(access.data).toMatchObject({ ok: false });
			expect(JSON.stringify([logs, state, access])).not.toContain("SECRET-WORDS");
		} finally {
			await close();
			await upstream.close();
		}
	});

	it("begins a list again when its continue token has aged", async () => {
		let lists = 0;
		const upstream = await startUpstream((request, response) => {
			const url = new URL(request.url ?? "", "http://x");
			const answer = (status: number, body: unknown) =>
				response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
			if (!url.pathname.endsWith("/api/v1/events")) return answer(404, { kind: "Status" });
			lists += 1;
			const item = (name: string) => ({
				metadata: { name, namespace: "n", uid: name },
				involvedObject: { kind: "Pod", name: "p" },
				reason: "R",
				message: "m",
				eventTime: at(4),
				series: { count: 3, lastObservedTime: at(5) },
			});
			if (lists === 2) return answer(410, { kind: "Status", reason: "Expired" });
			return answer(200, {
				kind: "EventList",
				metadata: lists === 4 ? {} : { continue: "token" },
				items: [item(lists % 2 === 1 ? "first" : "second")],
			});
		});
		const { connection, close } = await connectTo(upstream.url);
		try {
			const { signals } = await readAll(connection, "list_events");
			expect(signals.map((s) => [s.id, s.count, s.time, s.event?.lastTime])).toEqual(
				["first", "second"].map((n) => [`kubernetes:event:${n}`, 3, at(4), at(5)]),
			);
		} finally {
			await close();
			await upstream.close();
		}
	});
});

describe("kubernetes credentials", () => {
	const failure = async (env: Record<string, string>) => {
		const servers = openSource(source, env);
		const connection = await connectInProcess(servers.factory);
		const error = await connection.callTool("list_events", SAMPLE_WINDOW).then(
			() => undefined,
			(e: { code: string; message: string; hint?: string }) => e,
		);
		await connection.close();
		await servers.close();
		return error;
	};

	it("says what is wrong with the kubeconfig", async () => {
		const good = await kubeconfigFor("http://127.0.0.1:1");
		const broken = join(folder, "broken");
		await writeFile(broken, "clusters: [");
		expect(await failure({ KUBECONFIG: join(folder, "missing") })).toMatchObject({
			code: "BAD_CONFIG",
			message: expect.stringContaining("there is no kubeconfig at"),
		});
		expect(await failure({ KUBECONFIG: broken })).toMatchObject({
			code: "BAD_CONFIG",
			message: expect.stringContaining("is not a kubeconfig"),
		});
		expect(await failure({ KUBECONFIG: good, FAULTLINE_KUBERNETES_CONTEXT: "other" })).toMatchObject({
			code: "BAD_CONFIG",
			hint: expect.stringContaining("it has: c"),
		});
		expect(await failure({ HOME: folder })).toMatchObject({
			code: "BAD_CONFIG",
			message: expect.stringContaining("there is no kubeconfig"),
		});
		expect(await failure({ KUBECONFIG: await kubeconfigFor("http://192.0.2.1:1") })).toMatchObject({ code: "BAD_CONFIG" });
	});

	it("sends the token of the kubeconfig", async () => {
		const seen: (string | undefined)[] = [];
		const upstream = await startUpstream((request, response) => {
			seen.push(request.headers.authorization);
			response.writeHead(401).end();
		});
		expect(await failure({ KUBECONFIG: await kubeconfigFor(upstream.url) })).toMatchObject({ code: "UNAUTHORIZED" });
		expect(new Set(seen)).toEqual(new Set([`Bearer ${TOKEN}`]));
		await upstream.close();
	});
});
