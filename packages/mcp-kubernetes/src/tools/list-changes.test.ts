import { describe, expect, it } from "vitest";
import type { KubeClient } from "../client.ts";
import { readConfig } from "../config.ts";
import { listChanges } from "./list-changes.ts";

const window = { from: "2026-06-19T09:00:00Z", to: "2026-06-19T10:00:00Z" };
const set = (revision: number, created: string, notes: object = {}) => ({
	metadata: {
		name: `web-hash${revision}`,
		namespace: "n",
		uid: `u${revision}`,
		creationTimestamp: created,
		annotations: { "deployment.kubernetes.io/revision": String(revision), ...notes },
		ownerReferences: [{ kind: "Deployment", name: "web", uid: "d" }],
	},
	spec: { template: { spec: { containers: [{ name: "web", image: `shop:${revision}` }] } } },
});
const scaling = (name: string, at: string, message: string, reason = "ScalingReplicaSet", kind = "Deployment") => ({
	metadata: { name, namespace: "n", uid: name },
	involvedObject: { kind, name: "web", namespace: "n" },
	reason,
	message,
	type: "Normal",
	eventTime: at,
});

/** A cluster of fixed lists, by plural name; a missing one is refused. */
function changesOf(lists: Record<string, unknown[]>) {
	const client = {
		namespaces: [],
		waitedMs: () => 0,
		async list(_api: string, plural: string, schema: { parse(v: unknown): unknown }) {
			const items = lists[plural] ?? (plural === "controllerrevisions" ? [] : undefined);
			if (!items) throw new Error(`no ${plural}`);
			return { items: items.map((i) => schema.parse(i)), truncated: false, unreadable: 0 };
		},
	} as unknown as KubeClient;
	const tool = listChanges({ client, config: readConfig({}) });
	return tool.run(tool.inputSchema.parse(window), {
		signal: new AbortController().signal,
		progress: () => undefined,
		now: () => Date.parse(window.to),
	});
}

const deployment = {
	metadata: { name: "web", namespace: "n" },
	status: { conditions: [{ type: "Progressing", status: "True", lastUpdateTime: "2026-06-19T09:40:00Z" }] },
};

describe("list_changes", () => {
	it("takes a rollback's time from the Deployment, since its ReplicaSet is an old one", async () => {
		const { data } = await changesOf({
			deployments: [deployment],
			replicasets: [set(3, "2026-06-18T08:00:00Z", { "deployment.kubernetes.io/revision-history": "1" }), set(2, "2026-06-19T09:10:00Z")],
			events: [],
			pods: [],
		});
		expect(data.signals?.map((s) => [s.time, s.body])).toEqual([
			["2026-06-19T09:10:00Z", "first rollout of web, revision 2"],
			["2026-06-19T09:40:00Z", "rollback of web, revision 3: web: shop:2 -> shop:3"],
		]);
	});

	it("tells scaling by itself, and not the scaling of a rollout", async () => {
		const { data } = await changesOf({
			deployments: [deployment],
			replicasets: [set(2, "2026-06-19T09:10:00Z"), set(1, "2026-06-01T00:00:00Z")],
			pods: [],
			events: [
				scaling("a", "2026-06-19T09:10:05Z", "Scaled up replica set web-hash2 to 1 from 0"),
				scaling("b", "2026-06-19T09:11:05Z", "Scaled down replica set web-hash1 to 0 from 1"),
				scaling("c", "2026-06-19T09:45:00Z", "Scaled up replica set web-hash2 to 9 from 1"),
				scaling("d", "2026-06-19T09:46:00Z", "New size: 9; reason: cpu", "SuccessfulRescale", "HorizontalPodAutoscaler"),
				scaling("e", "2026-06-19T09:47:00Z", "Node x status is now: NodeNotSchedulable", "NodeNotSchedulable", "Node"),
				scaling("f", "2026-06-19T09:48:00Z", "Pulled image", "Pulled", "Pod"),
			],
		});
		expect(data.signals?.map((s) => [s.change?.type, s.id])).toEqual([
			["deploy", "kubernetes:rollout:u2:2"],
			["scale", "kubernetes:change:c"],
			["scale", "kubernetes:change:d"],
			["other", "kubernetes:change:e"],
		]);
	});

	it("gives the rollouts where events cannot be read, and says so", async () => {
		const { data } = await changesOf({ deployments: [], replicasets: [set(2, "2026-06-19T09:10:00Z")] });
		expect(data.signals?.map((s) => s.service)).toEqual(["web"]);
		expect(data.coverage).toMatchObject({ status: "partial", skipped: [expect.stringContaining("scaling (told by events)")] });
	});

	it("tells rollouts of StatefulSets and DaemonSets from their revisions, and no time for a rollback", async () => {
		const revision = (number: number, created: string, image: string) => ({
			metadata: {
				name: `db-${number}`,
				namespace: "n",
				uid: `c${number}`,
				creationTimestamp: created,
				ownerReferences: [{ kind: "StatefulSet", name: "db", uid: "s" }],
			},
			revision: number,
			data: { spec: { template: { spec: { containers: [{ name: "db", image }] } } } },
		});
		const { data } = await changesOf({
			deployments: [],
			replicasets: [],
			events: [],
			pods: [],
			controllerrevisions: [
				revision(3, "2026-06-19T09:05:00Z", "db:1"),
				revision(1, "2026-06-01T00:00:00Z", "db:0"),
				revision(2, "2026-06-19T09:20:00Z", "db:2"),
			],
		});
		expect(data.signals?.map((s) => [s.time, s.body, s.service])).toEqual([
			["2026-06-19T09:20:00Z", "rollout of db, revision 2: db: db:0 -> db:2", "db"],
		]);
		expect(data.coverage.status).toBe("ok");
	});
});
