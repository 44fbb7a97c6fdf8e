/** The records of one recording, as they came in, in the shapes of the capture's files. */

export interface LogRecord {
	time: string;
	service: string;
	pod?: string;
	severity?: string;
	body: string;
	traceId?: string;
	spanId?: string;
	attributes?: Record<string, unknown>;
}

export interface SpanRecord {
	time: string;
	traceId: string;
	spanId: string;
	parentId?: string;
	service: string;
	pod?: string;
	name: string;
	durationMs: number;
	status: string;
	attributes: Record<string, unknown>;
}

export interface MetricRecord {
	time: string;
	resource: string;
	metric: string;
	unit: string;
	value: number;
}

export interface EventRecord {
	time: string;
	lastTime?: string;
	source: string;
	type: "Normal" | "Warning";
	reason: string;
	object: { kind: string; name: string };
	message: string;
	count: number;
}

export interface ChangeRecord {
	time: string;
	kind: "commit" | "deploy" | "flag" | "config";
	service?: string;
	id: string;
	commitId?: string;
	title: string;
	author: string;
	files?: string[];
	diff?: string;
}

export interface AlertRecord {
	time: string;
	name: string;
	severity: string;
	service: string;
	metric: string;
	threshold: number;
	value: number;
	summary: string;
	state: "firing" | "resolved";
}

export interface Notebook {
	logs: LogRecord[];
	spans: SpanRecord[];
	metrics: MetricRecord[];
	events: EventRecord[];
	changes: ChangeRecord[];
	alerts: AlertRecord[];
}

export const createNotebook = (): Notebook => ({ logs: [], spans: [], metrics: [], events: [], changes: [], alerts: [] });

/** Adds an event; one that repeats the last of its object is counted there, as Kubernetes does. */
export function noteEvent(notebook: Notebook, event: Omit<EventRecord, "time" | "source" | "count">): void {
	const time = new Date().toISOString();
	const last = notebook.events.findLast((e) => e.object.name === event.object.name);
	if (last !== undefined && last.reason === event.reason && last.message === event.message) {
		last.count++;
		last.lastTime = time;
		return;
	}
	notebook.events.push({ time, source: "supervisor", ...event, count: 1 });
}
