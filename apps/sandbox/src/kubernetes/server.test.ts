import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Listener } from "../listener.ts";
import { at, CRASHING, clusterEvidence, runClient, startApi, WELL } from "../testing/index.ts";
import { createKubernetesApi } from "./server.ts";

let api: Listener;
let home: string;
beforeAll(async () => {
	api = await startApi(createKubernetesApi, clusterEvidence());
	home = await mkdtemp(join(tmpdir(), "kubectl-"));
});
afterAll(async () => {
	await api.close();
	await rm(home, { recursive: true, force: true });
});

/** The real kubectl, which shares no code with us. */
async function kubectl(...args: string[]) {
	const result = await runClient(
		"kubectl",
		["--server", api.url, ...args],
		{ KUBECONFIG: "/dev/null", HOME: home },
		"apt-get install kubernetes-client",
	);
	return { ...result, lines: result.stdout.split("\n").filter((l) => l !== "") };
}

async function get(path: string, init: RequestInit = {}) {
	const response = await fetch(`${api.url}${path}`, init);
	return { status: response.status, body: (await response.json()) as Record<string, never> };
}

describe("kubectl get", () => {
	it("prints pods as the cluster has them", async () => {
		const { lines, stderr } = await kubectl("get", "pods", "-A", "--sort-by=.metadata.name");
		expect(stderr).toBe("");
		expect(lines[0]?.split(/\s+/)).toEqual(["NAMESPACE", "NAME", "READY", "STATUS", "RESTARTS", "AGE"]);
		expect(lines.find((l) => l.includes(CRASHING))).toMatch(/^shop\s+\S+\s+0\/1\s+CrashLoopBackOff\s+4\s/);
		expect(lines.find((l) => l.includes(WELL))).toMatch(/^shop\s+\S+\s+1\/1\s+Running\s+0\s/);
		expect(lines.find((l) => l.includes("stock-"))).toMatch(/^default\s+stock-[0-9a-f]{10}-[0-9a-z]{5}\s+1\/1\s+Running/);
	});

	it("prints several kinds at once", async () => {
		const { stdout, code } = await kubectl("get", "pods,events,deployments,replicasets,nodes,namespaces", "-A");
		expect(code).toBe(0);
		for (const part of [
			`pod/${CRASHING}`,
			"BackOff",
			"deployment.apps/orders",
			"replicaset.apps/orders-7d4b9c6f58",
			"node/node-a",
			"namespace/shop",
		])
			expect(stdout).toContain(part);
		expect(stdout).not.toContain("Maximum connections reached");
	});

	it("reads in chunks, by label, by field and by name", async () => {
		expect((await kubectl("get", "pods", "-n", "shop", "--chunk-size=1", "-o", "name")).lines).toEqual([`pod/${WELL}`, `pod/${CRASHING}`]);
		expect((await kubectl("get", "pods", "-A", "-l", "app.kubernetes.io/name in (stock,none)", "-o", "name")).lines).toHaveLength(1);
		expect(
			(await kubectl("get", "events", "-A", "--field-selector", `involvedObject.name=${CRASHING},type=Warning`, "-o", "name")).lines,
		).toHaveLength(1);
		expect((await kubectl("get", "pod", "nobody", "-n", "shop")).stderr).toContain('pods "nobody" not found');
	});

	it("describes a pod with its events and the reason of its last end", async () => {
		const { stdout } = await kubectl("describe", "pod", CRASHING, "-n", "shop");
		for (const part of ["OOMKilled", "Exit Code:    137", "Restart Count:  4", "Controlled By:  ReplicaSet/orders-7d4b9c6f58", "(x8 over"])
			expect(stdout).toContain(part);
	});

	it("shows the rollouts of a Deployment with their causes", async () => {
		const { stdout } = await kubectl("rollout", "history", "deployment/orders", "-n", "shop");
		expect(stdout).toMatch(/1\s+<none>\n2\s+raise the timeout/);
	});
});

describe("kubectl logs", () => {
	it("prints with timestamps, from a time on, the last lines", async () => {
		const { lines } = await kubectl("logs", WELL, "-n", "shop", "--timestamps", `--since-time=${at(25)}`, "--tail=2");
		expect(lines).toHaveLength(2);
		expect(lines[1]).toMatch(/^2026-06-19T09:29:30\.000Z \{"level":"ERROR","message":"could not reserve stock for order 59/);
	});

	it("finds the pods of a Deployment, and prints plain lines plainly", async () => {
		const { lines } = await kubectl("logs", "deployment/stock");
		expect(lines).toHaveLength(31);
		expect(lines[0]).toBe("WARN pool at 0 of 30");
		expect(lines).toContain('{"message":"{\\"event\\":\\"pool exhausted\\",\\"size\\":10}"}');
	});

	it("gives the previous run of a container that restarted, and says where there is none", async () => {
		expect((await kubectl("logs", CRASHING, "-n", "shop", "--previous")).lines).toHaveLength(30);
		expect((await kubectl("logs", WELL, "-n", "shop", "--previous")).stderr).toContain("previous terminated container");
		expect((await kubectl("logs", WELL, "-n", "shop", "-c", "other")).stderr).toContain("container other is not valid");
	});
});

describe("a pod that never started", () => {
	it("leaves its service's lines to one that did", async () => {
		const evidence = clusterEvidence();
		const signals = evidence.signals.map((s) => {
			if (s.kind === "log" && s.service === "orders") return { ...s, resource: "orders" };
			if (s.event?.object.name !== CRASHING || !s.event.status) return s;
			return {
				...s,
				event: {
					...s.event,
					status: {
						...s.event.status,
						phase: "Pending",
						containers: [{ name: "orders", ready: false, restart_count: 0, state: { waiting: true, reason: "ImagePullBackOff" } }],
					},
				},
			};
		});
		const other = await startApi(createKubernetesApi, { ...evidence, signals });
		const lines = async (pod: string) =>
			(await (await fetch(`${other.url}/api/v1/namespaces/shop/pods/${pod}/log`)).text()).split("\n").length - 1;
		expect([await lines(CRASHING), await lines(WELL)]).toEqual([0, 60]);
		await other.close();
	});
});

describe("kubectl auth and version", () => {
	it("may read, and nothing else", async () => {
		expect((await kubectl("auth", "can-i", "list", "pods")).stdout).toBe("yes\n");
		expect((await kubectl("auth", "can-i", "get", "pods", "--subresource=log")).stdout).toBe("yes\n");
		expect((await kubectl("auth", "can-i", "delete", "pods")).code).toBe(1);
		expect((await kubectl("auth", "can-i", "get", "secrets")).code).toBe(1);
	});

	it("tells its version", async () => {
		expect((await kubectl("version")).stdout).toContain("Server Version: v1.32.0");
	});
});

describe("the API itself", () => {
	it("pages with continue tokens, and says when one is not its own", async () => {
		const first = await get("/api/v1/events?limit=2");
		const { metadata, items } = first.body as unknown as { metadata: { continue: string; remainingItemCount: number }; items: unknown[] };
		expect(items).toHaveLength(2);
		expect(metadata.remainingItemCount).toBe(1);
		const second = await get(`/api/v1/events?limit=2&continue=${metadata.continue}`);
		expect((second.body as unknown as { items: unknown[] }).items).toHaveLength(1);
		expect((await get("/api/v1/events?continue=bm90IG91cnM")).status).toBe(410);
	});

	it("answers what is wrong as a Status", async () => {
		for (const [path, status, reason] of [
			["/api/v1/secrets", 404, "NotFound"],
			["/apis/nothing.example/v1/things", 404, "NotFound"],
			["/api/v1/pods?labelSelector=((", 400, "BadRequest"],
			["/api/v1/pods?watch=true", 405, "MethodNotAllowed"],
			["/api/v1/namespaces/shop/pods/nobody/log", 404, "NotFound"],
			["/elsewhere", 404, "NotFound"],
		] as const) {
			expect(await get(path), path).toMatchObject({ status, body: { kind: "Status", reason, code: status } });
		}
	});

	it("gives one event under both of its APIs", async () => {
		type Events = { items: { metadata: { uid: string }; note?: string; message?: string; deprecatedCount?: number; count?: number }[] };
		const core = (await get("/api/v1/events")).body as unknown as Events;
		const newer = (await get("/apis/events.k8s.io/v1/events")).body as unknown as Events;
		expect(newer.items.map((e) => [e.metadata.uid, e.note, e.deprecatedCount])).toEqual(
			core.items.map((e) => [e.metadata.uid, e.message, e.count]),
		);
	});

	it("discovers exactly what it serves", async () => {
		const { body } = await get("/apis");
		const groups = (body as unknown as { groups: { name: string }[] }).groups.map((g) => g.name);
		for (const group of ["", ...groups]) {
			const base = group === "" ? "/api/v1" : `/apis/${group}/v1`;
			const { resources } = (await get(base)).body as unknown as { resources: { name: string; verbs: string[] }[] };
			for (const r of resources.filter((r) => r.verbs.includes("list")))
				expect((await get(`${base}/${r.name}`)).status, `${base}/${r.name}`).toBe(200);
		}
	});
});
