/** How calls to something fail, as their callers see it. */
export type Symptom =
	| "status"
	| "refused"
	| "timeout"
	| "reset"
	| "tls"
	| "name"
	| "denied"
	| "throttled"
	| "pool"
	| "bad-data"
	| "full"
	| "own";

/** What a fault does to one node at one moment. All are neutral by default; several faults at a node add up. */
export interface Effects {
	/** Multiplies its own time. */
	slow: number;
	/** This share of its runs waits about `stallMs` more. */
	stallShare: number;
	stallMs: number;
	/** This share of its runs fails by itself, as `symptom` to those who call. */
	errorShare: number;
	symptom: Symptom;
	/** Milliseconds more on every message in and out. */
	linkDelayMs: number;
	/** Share of messages in and out that are sent again, and share that is never answered. */
	linkLoss: number;
	blackhole: number;
	/** Share of its outgoing calls that fail before they reach anyone, and to what kinds of node. */
	outgoingShare: number;
	outgoingSymptom: Symptom;
	/** Leaves out what it usually does after its first step. */
	skip: boolean;
	/** Multiplies its calls of databases. */
	repeats: number;
	/** Share of a cache's hits that miss now. */
	missShare: number;
	/** Divides its time-outs. */
	hasty: number;
	/** Added to the share in use. */
	cpu: number;
	memory: number;
	disk: number;
	connections: number;
	/** Multiplies the traffic from outside. */
	traffic: number;
	/** Share of its pods that do not run. */
	down: number;
}

export const NEUTRAL: Readonly<Effects> = {
	slow: 1,
	stallShare: 0,
	stallMs: 0,
	errorShare: 0,
	symptom: "status",
	linkDelayMs: 0,
	linkLoss: 0,
	blackhole: 0,
	outgoingShare: 0,
	outgoingSymptom: "status",
	skip: false,
	repeats: 1,
	missShare: 0,
	hasty: 1,
	cpu: 0,
	memory: 0,
	disk: 0,
	connections: 0,
	traffic: 1,
	down: 0,
};

/** Two faults at one node: factors multiply, shares join as independent, the rest adds up. */
export function together(a: Readonly<Effects>, b: Readonly<Effects>): Effects {
	const either = (x: number, y: number) => 1 - (1 - x) * (1 - y);
	return {
		slow: a.slow * b.slow,
		stallShare: either(a.stallShare, b.stallShare),
		stallMs: Math.max(a.stallMs, b.stallMs),
		errorShare: either(a.errorShare, b.errorShare),
		symptom: a.errorShare >= b.errorShare ? a.symptom : b.symptom,
		linkDelayMs: a.linkDelayMs + b.linkDelayMs,
		linkLoss: either(a.linkLoss, b.linkLoss),
		blackhole: either(a.blackhole, b.blackhole),
		outgoingShare: either(a.outgoingShare, b.outgoingShare),
		outgoingSymptom: a.outgoingShare >= b.outgoingShare ? a.outgoingSymptom : b.outgoingSymptom,
		skip: a.skip || b.skip,
		repeats: a.repeats * b.repeats,
		missShare: either(a.missShare, b.missShare),
		hasty: Math.max(a.hasty, b.hasty),
		cpu: a.cpu + b.cpu,
		memory: a.memory + b.memory,
		disk: a.disk + b.disk,
		connections: a.connections + b.connections,
		traffic: a.traffic * b.traffic,
		down: either(a.down, b.down),
	};
}
