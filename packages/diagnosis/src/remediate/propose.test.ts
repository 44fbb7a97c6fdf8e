import { CATEGORIES, MECHANISMS, type Remediation, Remediation as RemediationSchema } from "@faultline/contracts";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cause, change, evidence, incident } from "../testing/analysis.ts";
import { isIdentifier, isKubernetesName } from "./identifier.ts";
import { CATALOGUE, proposeRemediations } from "./propose.ts";
import { workloadOf } from "./situation.ts";

const POD = "checkout-6f7b9c8d5-x2x4z";

/** A fault of a pod, seen in Kubernetes. */
function podFault(mechanism: (typeof MECHANISMS)[number], over: Parameters<typeof incident>[0] = {}) {
	return incident({
		mechanism,
		causes: [cause({ resource: POD, kind: "pod", service: "checkout", signals: ["k1"] })],
		change: null,
		anomalies: [],
		evidence: { k1: evidence({ source: "kubernetes", kind: "event", resource: POD, text: "OOMKilled" }) },
		...over,
	});
}

const actions = (list: Remediation[]) => list.map((r) => r.action);
const textOf = (r: Remediation) => [r.title, r.reason, ...r.precheck, ...r.steps, r.undo, ...(r.success ?? [])].join("\n");

describe("proposeRemediations", () => {
	it("offers to roll back the blamed deploy of the service that it touched, and to free connections", () => {
		const list = proposeRemediations(incident());
		expect(actions(list)).toEqual([
			"rollback-deployment",
			"terminate-idle-database-sessions",
			"cap-connection-pools",
			"raise-connection-limit",
		]);
		const [rollback, idle] = list;
		expect(rollback).toMatchObject({
			target: "worker",
			title: "Roll worker back to before the change 4f2a1c9d0e8b",
			risk: "medium",
			evidence: ["c1"],
		});
		expect(idle?.evidence).toEqual(["m1", "l1"]);
		expect(idle?.steps[0]).toContain("pg_terminate_backend");
		expect(idle?.reason).toBe("orders-db ran out of connections: idle sessions hold connections that working ones wait for.");
	});

	it("speaks kubectl where the cause runs on Kubernetes, about the object that owns the pod", () => {
		const list = proposeRemediations(podFault("memory-exhausted"));
		expect(actions(list)).toEqual(["restart-workload", "raise-memory-limit"]);
		expect(list[0]?.undo).toMatch(/cannot be undone.*without what was held in memory/);
		expect(list[1]?.steps[0]).toContain('kubectl set resources deployment/checkout --namespace "$NS"');
		expect(list[1]?.undo).toContain("rollout undo deployment/checkout");
	});

	it("proposes nothing but to look where the cause is not determined, and nothing where there is none", () => {
		const [only, ...more] = proposeRemediations(podFault("memory-exhausted", { confidence: "inconclusive" }));
		expect(more).toEqual([]);
		expect(only).toMatchObject({ action: "inspect", risk: "low", undo: "Nothing to undo: it only reads." });
		for (const step of only?.steps ?? []) expect(step).not.toMatch(/kubectl (?!get|describe|logs|top)/);
		expect(proposeRemediations(incident({ verdict: "no-incident" }))).toEqual([]);
		expect(proposeRemediations(incident({ causes: [] }))).toEqual([]);
	});

	it("does not roll back a change that is only a guess, or that was not blamed", () => {
		expect(actions(proposeRemediations(incident({ change: change({ confidence: "inconclusive" }) })))).not.toContain("rollback-deployment");
		expect(actions(proposeRemediations(incident({ change: change({ verdict: "outweighed" }) })))).not.toContain("rollback-deployment");
	});

	it.each<[string, Partial<ReturnType<typeof change>>]>([
		["revert-flag", { type: "flag", id: "new-cart" }],
		["revert-config", { type: "config" }],
		["rollback-deployment", { type: "commit" }],
	])("%s for a change of that kind", (action, over) => {
		expect(actions(proposeRemediations(incident({ change: change(over) })))).toContain(action);
	});

	it.each<[(typeof MECHANISMS)[number], string]>([
		["cpu-saturated", "scale-out"],
		["image-unavailable", "fix-image-reference"],
		["probe-failing", "fix-probe"],
		["crash-loop", "return-to-last-good-revision"],
		["unschedulable", "make-room-for-pods"],
		["certificate-expired", "renew-certificate"],
		["dependency-down", "contact-provider"],
		["traffic-surge", "shed-traffic"],
		["rate-limited", "back-off-callers"],
		["name-resolution", "restore-name-resolution"],
		["network-delay", "restart-off-the-bad-network-path"],
		["permission-denied", "restore-permission"],
		["missing-configuration", "restore-configuration"],
		["deadline-too-short", "restore-configuration"],
		["bad-input", "set-bad-input-aside"],
		["disk-full", "extend-storage"],
		["replication-lag", "ease-replication"],
		["slow-queries", "cancel-long-queries"],
		["lock-contention", "cancel-long-queries"],
		["connections-exhausted", "cap-connection-pools"],
		["exceptions", "inspect"],
		["unknown", "inspect"],
	])("%s is met with %s", (mechanism, action) => {
		expect(actions(proposeRemediations(podFault(mechanism)))).toContain(action);
	});

	it("meets a node, a cache and a cloud database with their own means", () => {
		const node = podFault("node-down", { causes: [cause({ resource: "ip-10-0-1-7.ec2.internal", kind: "node", signals: ["k1"] })] });
		expect(proposeRemediations(node)[0]).toMatchObject({
			action: "cordon-node",
			steps: ["kubectl cordon ip-10-0-1-7.ec2.internal"],
			undo: "kubectl uncordon ip-10-0-1-7.ec2.internal",
		});
		const cache = incident({
			mechanism: "memory-exhausted",
			change: null,
			causes: [cause({ resource: "sessions", kind: "service", signals: ["m1"] })],
			anomalies: [],
			evidence: { m1: evidence({ resource: "sessions", text: "redis_memory_used_bytes at redis_memory_max_bytes" }) },
		});
		expect(actions(proposeRemediations(cache))).toEqual(["raise-cache-memory"]);
		const cloud = incident({
			mechanism: "disk-full",
			change: null,
			causes: [cause({ resource: "prod-db", signals: ["m1"] })],
			anomalies: [],
			evidence: { m1: evidence({ source: "cloudwatch", resource: "prod-db", text: "FreeStorageSpace 0 against 40 GiB before" }) },
		});
		expect(proposeRemediations(cloud)[0]?.steps[0]).toContain("aws rds modify-db-instance --db-instance-identifier prod-db");
	});

	it("does not take a client's words about a server for the client's own kind", () => {
		const client = podFault("memory-exhausted", {
			evidence: { k1: evidence({ source: "kubernetes", kind: "log", resource: POD, text: "redis: connection pool timeout" }) },
		});
		expect(actions(proposeRemediations(client))).not.toContain("raise-cache-memory");
	});

	it("each action of the catalogue can be proposed, has an id of its own, and tells its risk, undo and success", () => {
		const seen = new Set<string>();
		const kinds = ["service", "pod", "node", "database", "dependency"];
		for (const mechanism of MECHANISMS) {
			for (const kind of kinds) {
				for (const text of ["redis_memory", "pg_stat", "mysql_global", "plain"]) {
					for (const type of ["deploy", "flag", "config", undefined]) {
						const analysis = podFault(mechanism, {
							causes: [cause({ resource: POD, kind, signals: ["k1"] })],
							change: type === undefined ? null : change({ type }),
							evidence: { k1: evidence({ source: kind === "database" ? "cloudwatch" : "kubernetes", resource: POD, text }) },
						});
						const list = proposeRemediations(analysis);
						expect(list.length).toBeGreaterThan(0);
						expect(list.length).toBeLessThanOrEqual(5);
						const risks = list.map((r) => ["low", "medium", "high"].indexOf(r.risk));
						expect(risks).toEqual([...risks].sort());
						for (const r of list) {
							seen.add(r.action);
							expect(RemediationSchema.parse(r)).toEqual(r);
							expect(r.steps.length).toBeGreaterThan(0);
							expect(r.undo).not.toBe("");
							expect(r.success?.length).toBeGreaterThan(0);
							expect(textOf(r)).not.toMatch(/undefined|\[object/);
							for (const check of r.precheck) expect(check).not.toMatch(/kubectl (?!get|describe|logs|top|rollout history)/);
						}
					}
				}
			}
		}
		for (const action of CATALOGUE) expect(seen, action.id).toContain(action.id);
		expect(new Set(CATALOGUE.map((a) => a.id)).size).toBe(CATALOGUE.length);
	});
});

describe("what stands in a step", () => {
	const hostile = fc.oneof(
		fc.constantFrom(
			"a; rm -rf /",
			"$(reboot)",
			"`id`",
			"-nasty",
			"--everything",
			"a b",
			"a\nb",
			"a|b",
			"a'b",
			'a"b',
			"a&&b",
			"../../etc",
			"a..b",
			"",
			"ａ",
			"a\u202eb",
			"x".repeat(300),
		),
		fc.string({ unit: "binary", minLength: 1, maxLength: 30 }),
	);

	it("is never a name that a shell would read otherwise", () => {
		fc.assert(
			fc.property(
				fc.oneof(hostile, fc.constantFrom("orders-db", POD)),
				hostile,
				hostile,
				fc.constantFrom(...MECHANISMS),
				fc.constantFrom("service", "pod", "node", "database"),
				(name, id, service, mechanism, kind) => {
					const analysis = incident({
						mechanism,
						category: CATEGORIES[0],
						causes: [cause({ resource: name, kind, service, signals: ["k1"] })],
						change: change({ id, commitId: id, service, title: id }),
						evidence: { k1: evidence({ source: "kubernetes", resource: name, text: id }) },
					});
					for (const r of proposeRemediations(analysis)) {
						expect(isIdentifier(r.target)).toBe(true);
						if (!isIdentifier(name)) throw new Error("proposed for a name that is no identifier");
						for (const bad of [id, service]) if (!isIdentifier(bad) && bad.trim().length > 3) expect(textOf(r)).not.toContain(bad);
					}
				},
			),
			{ numRuns: 400 },
		);
	});

	it("is the same whatever the logs say", () => {
		fc.assert(
			fc.property(fc.string({ maxLength: 200 }), fc.constantFrom(...MECHANISMS), (log, mechanism) => {
				const withLog = (text: string) =>
					podFault(mechanism, {
						clusters: [{ ...incident().clusters[0]!, template: text, example: text }],
						evidence: { k1: evidence({ source: "kubernetes", kind: "log", resource: POD, text }) },
						change: change({ title: text, reason: text, evidence: ["k1"] }),
					});
				expect(proposeRemediations(withLog(log))).toEqual(proposeRemediations(withLog("")));
			}),
			{ numRuns: 200 },
		);
	});
});

describe("identifiers", () => {
	it("are plain names", () => {
		for (const name of ["a", "orders-db", "ns/pod-1", "ip-10-0-1-7.ec2.internal", "Svc_2", "arn:aws:rds:eu-west-1:1:db:x"])
			expect(isIdentifier(name), name).toBe(true);
		for (const name of ["", "-a", "a-", ".a", "a b", "a;b", "a$b", "a..b", "a\n", "á", "a*"]) expect(isIdentifier(name), name).toBe(false);
		expect(isKubernetesName("a.b-c")).toBe(true);
		for (const name of ["A", "a_b", "a/b", "-a", "a".repeat(254)]) expect(isKubernetesName(name), name).toBe(false);
	});

	it("lead from a pod to what owns it", () => {
		expect(workloadOf(POD, { kind: "pod" })).toEqual({ kind: "deployment", name: "checkout" });
		expect(workloadOf("orders-db-0", { kind: "pod" })).toEqual({ kind: "statefulset", name: "orders-db" });
		expect(workloadOf("checkout", { kind: "service" })).toEqual({ kind: "deployment", name: "checkout" });
		expect(workloadOf("Not_Kubernetes", { kind: "pod" })).toBeUndefined();
		expect(workloadOf("node-1", { kind: "node" })).toBeUndefined();
	});
});
