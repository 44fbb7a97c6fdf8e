import type { Effects, Symptom } from "./faults/effects.ts";
import type { Random } from "./random.ts";
import type { CallPlan, Operation, System, SystemNode } from "./system/model.ts";

/** One call as it was served, or as its caller saw it. */
export interface SpanDraft {
	trace: string;
	id: string;
	parent: string | undefined;
	/** Who made the record. */
	node: number;
	pod: number;
	operation: Operation;
	side: "server" | "client";
	/** Whom it called (side "client"). */
	peer: number | undefined;
	at: number;
	durationMs: number;
	/** What went wrong; undefined where all went well. */
	failure: Failure | undefined;
	/** Whether it was left out what is done after the first step (side "server"). */
	skipped: boolean;
}

/** A failure, where it began and how this one saw it. */
export interface Failure {
	symptom: Symptom;
	/** The callee that failed; undefined for its own. */
	by: number | undefined;
	/** Whether it went on without what failed. */
	survived: boolean;
}

/** What was counted of one node in one step of time. */
export interface NodeStep {
	calls: number;
	errors: number;
	durations: number[];
	/** Milliseconds of work in flight, and of waiting for what it calls. */
	busyMs: number;
	outgoingErrors: number;
	hits: number;
	misses: number;
}

export interface Simulation {
	/** [node][step] */
	counts: NodeStep[][];
	/** What was recorded of the requests that were sampled, by request. */
	requests: SpanDraft[][];
}

export interface SimulateInput {
	random: Random;
	system: System;
	effects: (node: number, pod: number, step: number) => Readonly<Effects>;
	/** Requests from outside in each step: the mean, before chance. */
	arrivals: Float64Array;
	from: number;
	stepMs: number;
	/** Share of requests that are recorded. */
	sampled: number;
}

const STEPS_BEFORE = 4;
const MAX_DEPTH = 14;

interface Visit {
	durationMs: number;
	failure: Failure | undefined;
}

const newStep = (): NodeStep => ({ calls: 0, errors: 0, durations: [], busyMs: 0, outgoingErrors: 0, hits: 0, misses: 0 });

/**
 * Runs requests through a system, one after another: each service works for a log-normal time, calls what its operation calls, waits, times out,
 * tries again and fails where what it cannot do without fails. What is in flight in one step slows the next (back-pressure), so trouble climbs from
 * callee to caller with a lag.
 */
export function simulate(input: SimulateInput): Simulation {
	const { random, system, effects, from, stepMs } = input;
	const steps = input.arrivals.length;
	const counts = system.nodes.map(() => Array.from({ length: steps }, newStep));
	const calm = system.nodes.map(newStep);
	const pressure = new Float64Array(system.nodes.length);
	const requests: SpanDraft[][] = [];
	let record: SpanDraft[] | undefined;
	let trace = "";
	let step = 0;
	const countOf = (node: number): NodeStep => (step < 0 ? calm[node] : counts[node]?.[step]) as NodeStep;
	const podsOf = (node: SystemNode) => Math.max(1, node.pods.length);

	const visit = (
		node: SystemNode,
		operation: Operation,
		at: number,
		parent: string | undefined,
		depth: number,
		hasParent = true,
	): Visit => {
		const pod = random.int(0, podsOf(node) - 1);
		const e = effects(node.index, pod, step);
		const id = record === undefined ? "" : random.hex(16);
		const crowd = pressure[node.index] ?? 0;
		let spent = random.logNormal(operation.ownMs, operation.sigma) * e.slow * (1 + Math.min(6, Math.max(0, crowd - 0.7) * 2));
		// one in some hundreds takes far longer, for no reason that anybody knows
		if (random.chance(0.006)) spent *= 3 + random.exponential(12);
		if (e.stallShare > 0 && random.chance(e.stallShare)) spent += random.exponential(e.stallMs);
		let failure: Failure | undefined;
		if (crowd > 1.5 && random.chance(Math.min(0.5, (crowd - 1.5) * 0.25))) failure = { symptom: "pool", by: undefined, survived: false };
		else if (random.chance(e.errorShare)) failure = { symptom: e.symptom, by: undefined, survived: false };
		else if (random.chance(operation.errorBase)) failure = { symptom: "own", by: undefined, survived: false };
		const unreached = failure !== undefined && (failure.symptom === "refused" || failure.symptom === "tls");
		if (unreached) spent = random.between(0.3, 4);
		if (failure === undefined && !e.skip && depth < MAX_DEPTH) {
			for (const plan of operation.calls) {
				if (!random.chance(plan.probability)) continue;
				const seen = callOut(node, pod, e, plan, at + spent, id, depth);
				spent += seen.durationMs;
				if (seen.failure !== undefined) failure = { ...seen.failure, survived: !plan.critical };
				if (failure !== undefined && !failure.survived) break;
			}
		}
		const count = countOf(node.index);
		const failed = failure !== undefined && !failure.survived;
		if (!unreached) {
			count.calls++;
			count.durations.push(spent);
			count.busyMs += spent;
			if (failed) count.errors++;
		}
		if (record !== undefined && !unreached)
			record.push({
				trace,
				id,
				parent: hasParent ? parent : undefined,
				node: node.index,
				pod,
				operation,
				side: "server",
				peer: undefined,
				at,
				durationMs: spent,
				failure,
				skipped: e.skip,
			});
		return { durationMs: spent, failure: failed ? failure : undefined };
	};

	const callOut = (
		node: SystemNode,
		pod: number,
		e: Readonly<Effects>,
		plan: CallPlan,
		at: number,
		parent: string,
		depth: number,
	): Visit => {
		const callee = system.nodes[plan.to] as SystemNode;
		const operation = callee.operations[plan.operation] as Operation;
		const rounds = callee.kind === "database" ? Math.max(1, Math.round(e.repeats)) : 1;
		const count = countOf(node.index);
		let spent = 0;
		let failure: Failure | undefined;
		for (let round = 0; round < rounds; round++) {
			for (let attempt = 0; attempt <= plan.retries; attempt++) {
				const seen = attemptCall(node, pod, e, plan, callee, operation, at + spent, parent, depth);
				spent += seen.durationMs;
				failure = seen.failure;
				if (failure === undefined) break;
				count.outgoingErrors++;
				spent += random.between(5, 40) * (attempt + 1);
			}
			if (failure !== undefined) break;
		}
		// what the cache does not hold is asked of the database once more
		if (callee.kind === "cache" && failure === undefined && missed(plan.to, at)) {
			const behind = node.operations.flatMap((o) => o.calls).find((c) => system.nodes[c.to]?.kind === "database");
			if (behind !== undefined) {
				const again = callOut(node, pod, e, behind, at + spent, parent, depth + 1);
				return { durationMs: spent + again.durationMs, failure: again.failure };
			}
		}
		return { durationMs: plan.asynchronous ? Math.min(spent, 8) : spent, failure };
	};

	const missed = (cache: number, _at: number): boolean => {
		const e = effects(cache, 0, step);
		const miss = random.chance(1 - 0.92 * (1 - e.missShare));
		const count = countOf(cache);
		if (miss) count.misses++;
		else count.hits++;
		return miss;
	};

	const attemptCall = (
		node: SystemNode,
		pod: number,
		e: Readonly<Effects>,
		plan: CallPlan,
		callee: SystemNode,
		operation: Operation,
		at: number,
		parent: string,
		depth: number,
	): Visit => {
		const theirs = effects(callee.index, 0, step);
		const id = record === undefined ? "" : random.hex(16);
		const limit = plan.timeoutMs / e.hasty;
		let failure: Failure | undefined;
		let durationMs = 0;
		if (e.outgoingShare > 0 && random.chance(e.outgoingShare)) {
			failure = { symptom: e.outgoingSymptom, by: callee.index, survived: false };
			durationMs = e.outgoingSymptom === "pool" ? Math.min(limit, random.between(900, 2_200)) : random.between(0.5, 12);
		} else if (random.chance(1 - (1 - e.blackhole) * (1 - theirs.blackhole))) {
			failure = { symptom: random.chance(0.85) ? "timeout" : "reset", by: callee.index, survived: false };
			durationMs = limit;
		} else {
			const delay = e.linkDelayMs + theirs.linkDelayMs;
			let wire = random.between(0.2, 1.2) + (delay > 0 ? 2 * delay * random.between(0.85, 1.15) : 0);
			const loss = 1 - (1 - e.linkLoss) * (1 - theirs.linkLoss);
			for (let wait = 220; random.chance(loss) && wait < 2_000; wait *= 2) wire += wait;
			const inner = visit(callee, operation, at + wire / 2, id, depth + 1);
			durationMs = wire + (plan.asynchronous ? Math.min(inner.durationMs, 6) : inner.durationMs);
			if (inner.failure !== undefined) {
				const direct = inner.failure.by === undefined && inner.failure.symptom !== "own" && inner.failure.symptom !== "bad-data";
				failure = { symptom: direct ? inner.failure.symptom : "status", by: callee.index, survived: false };
			}
			if (durationMs > limit) {
				failure = { symptom: "timeout", by: callee.index, survived: false };
				durationMs = limit;
			}
		}
		if (record !== undefined)
			record.push({
				trace,
				id,
				parent,
				node: node.index,
				pod,
				operation,
				side: "client",
				peer: callee.index,
				at,
				durationMs,
				failure,
				skipped: false,
			});
		return { durationMs, failure };
	};

	const settle = (): void => {
		for (const [i, node] of system.nodes.entries()) {
			const usual = Math.max(1, (calm[i]?.busyMs ?? 0) / STEPS_BEFORE);
			const now = step < 0 ? usual : countOf(i).busyMs;
			// small samples jump: the pressure follows with a lag
			const target = now / (usual * node.headroom);
			pressure[i] = 0.5 * (pressure[i] ?? 0) + 0.5 * target;
		}
	};
	for (step = -STEPS_BEFORE; step < steps; step++) {
		const mean = step < 0 ? (input.arrivals[0] ?? 0) : (input.arrivals[step] ?? 0);
		for (let n = random.poisson(mean); n > 0; n--) {
			const entry = system.nodes[random.pick(system.entries)] as SystemNode;
			record = step >= 0 && random.chance(input.sampled) ? [] : undefined;
			trace = record === undefined ? "" : random.hex(32);
			visit(entry, random.pick(entry.operations), from + (step + random.next()) * stepMs, undefined, 0, false);
			if (record !== undefined) requests.push(record);
		}
		settle();
	}
	return { counts, requests };
}
