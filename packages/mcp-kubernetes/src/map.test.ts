import { describe, expect, it } from "vitest";
import { changeOfEvent, diffOf, provenanceOf, rolloutSignal } from "./map-change.ts";
import { countOf, eventSignal, mergeEvents, timesOf } from "./map-event.ts";
import { jobSnapshot, nodeSnapshot, podSnapshot, workloadSnapshot } from "./map-workload.ts";
import { workloadOf } from "./names.ts";
import { Event, Node, Pod, Workload } from "./wire.ts";

const event = (fields: object) =>
	Event.parse({ metadata: { name: "e", namespace: "n", uid: "u" }, involvedObject: { kind: "Pod", name: "p", namespace: "n" }, ...fields });

describe("events", () => {
	it("takes the latest of all the times that there are, and the first", () => {
		expect(
			timesOf(
				event({
					eventTime: "2026-06-19T09:00:00.123456Z",
					firstTimestamp: null,
					lastTimestamp: null,
					series: { count: 17, lastObservedTime: "2026-06-19T09:20:00.5Z" },
				}),
			),
		).toEqual({ first: "2026-06-19T09:00:00.123456Z", last: "2026-06-19T09:20:00.5Z" });
		expect(timesOf(event({ firstTimestamp: "2026-06-19T09:00:00Z", lastTimestamp: "2026-06-19T09:10:00Z", eventTime: null }))).toEqual({
			first: "2026-06-19T09:00:00Z",
			last: "2026-06-19T09:10:00Z",
		});
		expect(timesOf(event({ eventTime: "2026-06-19T09:00:00.654321Z", firstTimestamp: "2026-06-19T09:00:00Z" }))?.first).toBe(
			"2026-06-19T09:00:00.654321Z",
		);
		expect(timesOf(event({}))).toBeUndefined();
	});

	it("loses no count when both APIs give the same event", () => {
		const core = event({ count: 12, message: "m", lastTimestamp: "2026-06-19T09:10:00Z" });
		const newer = Event.parse({
			metadata: { name: "e", namespace: "n", uid: "u" },
			regarding: { kind: "Pod", name: "p" },
			note: "m",
			deprecatedCount: 12,
			series: { count: 40, lastObservedTime: "2026-06-19T09:12:00Z" },
		});
		const merged = mergeEvents([[core], [newer]]);
		expect(merged.map(countOf)).toEqual([40]);
		expect(timesOf(merged[0] as Event)?.last).toBe("2026-06-19T09:12:00Z");
		expect(mergeEvents([[newer], [core]]).map(countOf)).toEqual([40]);
	});

	it("takes secrets out of messages, and leaves out what is about nothing", () => {
		const signal = eventSignal(
			event({ message: "pull https://bob:hunter22@registry/x", eventTime: "2026-06-19T09:00:00Z" }),
			new Map(),
			() => undefined,
		);
		expect(signal).toMatchObject({ body: "pull https://bob:[redacted:password]@registry/x", redactions: 1, resource: "p" });
		expect(
			eventSignal(Event.parse({ metadata: { name: "e" }, eventTime: "2026-06-19T09:00:00Z" }), new Map(), () => undefined),
		).toBeUndefined();
	});

	it("tells scaling as a change", () => {
		const signal = eventSignal(
			event({
				reason: "SuccessfulRescale",
				message: "New size: 5",
				eventTime: "2026-06-19T09:00:00Z",
				involvedObject: { kind: "HorizontalPodAutoscaler", name: "web", namespace: "n" },
			}),
			new Map(),
			() => undefined,
		);
		expect(signal && changeOfEvent(signal)).toMatchObject({
			kind: "change",
			service: "web",
			change: { type: "scale", title: "New size: 5" },
		});
		expect(signal && changeOfEvent({ ...signal, event: { ...signal.event!, reason: "Pulled" } })).toBeUndefined();
	});
});

const replicaSet = (revision: number, image: string, env: object[], annotations: Record<string, string> = {}) =>
	Workload.parse({
		metadata: {
			name: `web-${revision}`,
			namespace: "n",
			uid: `u${revision}`,
			annotations: { "deployment.kubernetes.io/revision": String(revision), ...annotations },
			ownerReferences: [{ kind: "Deployment", name: "web" }],
		},
		spec: { template: { spec: { containers: [{ name: "web", image, env }] } } },
	});

describe("rollouts", () => {
	it("tells images, and names of variables but never values", () => {
		const before = replicaSet(1, "shop:1", [
			{ name: "KEEP", value: "a" },
			{ name: "DB_PASSWORD", value: "old-value" },
			{ name: "GONE", value: "x" },
		]);
		const after = replicaSet(2, "shop:2", [
			{ name: "KEEP", value: "a" },
			{ name: "DB_PASSWORD", valueFrom: { secretKeyRef: { name: "s", key: "k" } } },
			{ name: "NEW", value: "new-value" },
		]);
		expect(diffOf(before, after)).toEqual({
			other: [],
			images: ["web: shop:1 -> shop:2"],
			env: ["NEW added", "DB_PASSWORD changed", "GONE removed"],
		});
		const signal = rolloutSignal({ deployment: undefined, before, after, time: "2026-06-19T09:00:00Z", url: undefined });
		expect(signal).toMatchObject({
			service: "web",
			body: "rollout of web, revision 2: web: shop:1 -> shop:2; environment: NEW added, DB_PASSWORD changed, GONE removed",
			change: { type: "deploy", id: "n/web:revision-2" },
		});
		expect(JSON.stringify(signal)).not.toMatch(/old-value|new-value/);
	});

	it("does not repeat the cause and version of the revision before", () => {
		const notes = { "kubernetes.io/change-cause": "ship 7", "org.opencontainers.image.version": "v7", "git-commit": "abcdef1234567" };
		const before = replicaSet(1, "shop:1", [], notes);
		const signal = rolloutSignal({
			deployment: undefined,
			before,
			after: replicaSet(2, "shop:2", [], notes),
			time: "2026-06-19T09:00:00Z",
			url: undefined,
		});
		expect(signal.change).toEqual({ type: "deploy", id: "n/web:revision-2", title: "rollout of web, revision 2: web: shop:1 -> shop:2" });
		const back = rolloutSignal({
			deployment: undefined,
			before,
			after: replicaSet(3, "shop:1", [], { ...notes, "deployment.kubernetes.io/revision-history": "1" }),
			time: "2026-06-19T09:00:00Z",
			url: undefined,
		});
		expect(back).toMatchObject({ body: "ship 7", attributes: { rollback: true }, change: { commitId: "abcdef1234567" } });
	});

	it.each([
		[{ "org.opencontainers.image.revision": "0a1b2c3d4e5f" }, { commitId: "0a1b2c3d4e5f" }],
		[{ "ci.example/git-sha": "0a1b2c3" }, { commitId: "0a1b2c3" }],
		[{ "app.openshift.io/vcs-ref": "0a1b2c3d" }, { commitId: "0a1b2c3d" }],
		[
			{ "app.kubernetes.io/version": "1.2.3", "ci.example/deployed-by": "mia" },
			{ version: "1.2.3", author: "mia" },
		],
		[{ "deployment.kubernetes.io/revision": "1234567" }, {}],
		[{ commit: "not a hash" }, {}],
	])("reads the provenance of %j", (annotations, expected) =>
		expect(provenanceOf(Workload.parse({ metadata: { name: "w", annotations } }))).toEqual(expected),
	);
});

describe("states", () => {
	it("tells why a pod is not well", () => {
		const pod = (status: object) =>
			podSnapshot(Pod.parse({ metadata: { name: "p", namespace: "n" }, spec: { containers: [{ name: "c" }] }, status })).problems;
		expect(pod({ phase: "Running", conditions: [{ type: "Ready", status: "True" }] })).toEqual([]);
		expect(
			pod({
				phase: "Succeeded",
				conditions: [{ type: "Ready", status: "False", reason: "PodCompleted" }],
				initContainerStatuses: [{ name: "i", state: { terminated: { exitCode: 0 } } }],
			}),
		).toEqual([]);
		expect(
			pod({ phase: "Pending", conditions: [{ type: "PodScheduled", status: "False", reason: "Unschedulable", message: "0/2 nodes" }] }),
		).toEqual(["Unschedulable: 0/2 nodes"]);
		expect(pod({ phase: "Pending", containerStatuses: [{ name: "c", state: { waiting: { reason: "ImagePullBackOff" } } }] })).toEqual([
			"c ImagePullBackOff",
		]);
		expect(pod({ phase: "Failed", reason: "Evicted" })).toEqual(["Failed: Evicted"]);
		expect(pod({ phase: "Running", conditions: [{ type: "Ready", status: "False", reason: "ContainersNotReady" }] })).toEqual([
			"not ready: ContainersNotReady",
		]);
		expect(
			pod({
				phase: "Failed",
				containerStatuses: [{ name: "c", state: { terminated: { exitCode: 1, reason: "Error", finishedAt: "2026-06-19T09:00:00Z" } } }],
			}),
		).toEqual(["c Error, exit code 1", "Failed"]);
	});

	it("tells why a workload, a job or a node is not well", () => {
		const workload = (status: object, spec: object = {}) => Workload.parse({ metadata: { name: "w", namespace: "n" }, spec, status });
		expect(workloadSnapshot("DaemonSet", workload({ desiredNumberScheduled: 3, numberReady: 2, numberAvailable: 2 }))).toMatchObject({
			problems: ["2 of 3 ready"],
			status: { desired: 3, ready: 2, unavailable: 1 },
		});
		expect(
			workloadSnapshot(
				"Deployment",
				workload(
					{ readyReplicas: 1, conditions: [{ type: "Progressing", status: "False", reason: "ProgressDeadlineExceeded" }] },
					{ replicas: 1 },
				),
			).problems,
		).toEqual(["Progressing: ProgressDeadlineExceeded"]);
		expect(
			jobSnapshot(workload({ failed: 4, conditions: [{ type: "Failed", status: "True", reason: "BackoffLimitExceeded" }] })),
		).toMatchObject({ problems: ["failed: BackoffLimitExceeded"], status: { failed: 4 } });
		expect(
			nodeSnapshot(
				Node.parse({
					metadata: { name: "x" },
					spec: { unschedulable: true },
					status: {
						conditions: [
							{ type: "Ready", status: "Unknown" },
							{ type: "DiskPressure", status: "True" },
						],
					},
				}),
			).problems,
		).toEqual(["not ready", "DiskPressure", "cordoned"]);
	});

	it("names the workload of a pod past its ReplicaSet", () => {
		const owned = (kind: string, name: string, labels = {}) =>
			workloadOf({ name: "p", labels, ownerReferences: [{ kind, name, uid: "u" }] } as never);
		expect(owned("ReplicaSet", "web-front-5f6d7c8b9", { "pod-template-hash": "5f6d7c8b9" })).toEqual({
			kind: "Deployment",
			name: "web-front",
		});
		expect(owned("ReplicaSet", "web-abcdef12")).toEqual({ kind: "Deployment", name: "web" });
		expect(owned("StatefulSet", "db")).toEqual({ kind: "StatefulSet", name: "db" });
	});
});
