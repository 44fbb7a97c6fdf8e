import { isEvent } from "@faultline/contracts";
import { mechanismsOfText } from "../mechanism/text-lexicon.ts";
import type { Situation, Timed } from "../situation.ts";
import type { Lead } from "./lead.ts";

type Json = Record<string, unknown>;

/** What the latest snapshot of each object says is not as it should be: pods, deployments, nodes, databases. */
export function statusLeads(situation: Situation): Lead[] {
	const latest = new Map<string, Timed>();
	for (const timed of situation.events) {
		const { event } = timed.signal;
		if (event?.status === undefined) continue;
		latest.set(`${event.object.kind}/${event.object.namespace ?? ""}/${event.object.name}`, timed);
	}
	return [...latest.values()].flatMap(leadsOf);
}

function leadsOf(timed: Timed): Lead[] {
	const { signal } = timed;
	if (!isEvent(signal) || signal.event.status === undefined) return [];
	const complaints = [...complaintsOf(signal.event.status)];
	if (complaints.length === 0) return [];
	const words = complaints.join("; ");
	const mechanisms = mechanismsOfText(words);
	return [
		{
			candidate: timed.candidate,
			resource: signal.resource,
			kind: "status",
			role: "intrinsic",
			mechanisms,
			subject: `${signal.event.object.kind} status`,
			direction: "bad",
			strength: mechanisms.size > 0 ? 0.75 : 0.5,
			onset: undefined,
			recovered: undefined,
			text: `${signal.event.object.kind} ${signal.event.object.name}: ${words.slice(0, 220)}`,
			votes: ["object status"],
			cites: [signal],
			loud: true,
		},
	];
}

/** Walks a status of any vendor's shape for what is known to be bad. Bounded in depth and count. */
function* complaintsOf(status: Json, depth = 0): Generator<string> {
	if (depth > 4) return;
	yield* replicas(status);
	yield* container(status);
	const condition = conditionComplaint(status);
	if (condition !== undefined) yield condition;
	const phase = text(status["phase"] ?? status["db_instance_status"] ?? status["state"]);
	if (phase !== undefined && /^(?:failed|unknown|evicted|storage-full|incompatible|inaccessible|degraded|stopped|down)/i.test(phase))
		yield `phase ${phase}`;
	for (const [key, value] of Object.entries(status)) {
		if (/_?pressure$/i.test(key) && isTrue(value)) yield `${key.replaceAll("_", " ")}`;
		if (/^(?:ready|schedulable)$/i.test(key) && typeof value === "string" && /^(?:false|unknown)$/i.test(value))
			yield `node not ready (${key}: ${value})`;
		if (Array.isArray(value)) {
			for (const item of value.slice(0, 50)) if (isJson(item)) yield* complaintsOf(item, depth + 1);
		} else if (isJson(value) && key !== "labels" && key !== "annotations" && key !== "spec") yield* complaintsOf(value, depth + 1);
	}
}

function* replicas(status: Json): Generator<string> {
	const desired = num(status["desired"] ?? status["replicas"]);
	const ready = num(status["ready"] ?? status["readyReplicas"] ?? status["available"]);
	const unavailable = num(status["unavailable"] ?? status["unavailableReplicas"]) ?? 0;
	if (desired !== undefined && desired > 0 && (unavailable > 0 || (ready !== undefined && ready < desired)))
		yield `${ready ?? desired - unavailable} of ${desired} replicas ready`;
}

/** Waiting reasons that are a normal step of starting. */
const STARTING = /^(?:ContainerCreating|PodInitializing|)$/;

function* container(status: Json): Generator<string> {
	const restarts = num(status["restart_count"] ?? status["restartCount"]);
	const ready = status["ready"];
	if (restarts !== undefined && restarts >= 3 && ready === false) yield `restarted ${restarts} times and not ready`;
	for (const key of ["reason", "message"]) {
		const said = text(status[key]);
		const waiting =
			isTrue(status["waiting"]) ||
			isJson(status["terminated"]) ||
			status["terminated"] === true ||
			num(status["exit_code"] ?? status["exitCode"]) !== undefined;
		if (said !== undefined && waiting && !STARTING.test(said) && !/^completed$/i.test(said)) yield said;
	}
	const waiting = status["waiting"];
	if (isJson(waiting)) {
		const reason = text(waiting["reason"]) ?? "";
		if (!STARTING.test(reason)) yield `${reason} ${text(waiting["message"]) ?? ""}`.trim();
	}
	const terminated = status["terminated"];
	if (isJson(terminated) && (num(terminated["exitCode"]) ?? 0) !== 0)
		yield `terminated: ${text(terminated["reason"]) ?? "error"}, exit code ${num(terminated["exitCode"]) ?? "?"}`;
}

function conditionComplaint(status: Json): string | undefined {
	const type = text(status["type"]);
	const value = text(status["status"]);
	const reason = text(status["reason"]);
	if (type === undefined || value === undefined) return undefined;
	const bad =
		(value === "False" &&
			/^(?:PodScheduled|Available|Ready)$/.test(type) &&
			reason !== undefined &&
			!/^(?:|PodCompleted|ContainersNotReady|ContainerCreating)$/.test(reason)) ||
		(value === "True" && /Pressure$|Unavailable$|^ReplicaFailure$/.test(type)) ||
		(value === "Unknown" && type === "Ready") ||
		(type === "Progressing" && value === "False");
	return bad ? `${type} is ${value}: ${reason ?? ""} ${text(status["message"]) ?? ""}`.trim() : undefined;
}

const isJson = (x: unknown): x is Json => typeof x === "object" && x !== null && !Array.isArray(x);
const isTrue = (x: unknown): boolean => x === true || (typeof x === "string" && /^true$/i.test(x));
const text = (x: unknown): string | undefined => (typeof x === "string" && x !== "" ? x : undefined);
const num = (x: unknown): number | undefined => (typeof x === "number" && Number.isFinite(x) ? x : undefined);
