import { AppError, type Coverage, type EvidenceSet, type IncidentReport, toAppError } from "@faultline/contracts";
import { type AskedTime, type PlannedWindow, planWindow } from "../collect/baseline-window.ts";
import { type CollectLimits, collectEvidence, requireSomeCoverage } from "../collect/collect-evidence.ts";
import type { SourceProgress } from "../collect/collect-source.ts";
import type { OpenSource } from "../collect/source-client.ts";
import { type IncidentStore, newIncidentId } from "../incidents/incident-store.ts";

export interface InvestigationRequest extends AskedTime {
	/** The service or resource that is asked about. */
	service?: string | undefined;
}

export type Stage = "collecting" | "analysing" | "done" | "failed";

export interface InvestigationState {
	/** Also the incident's id once it is done. */
	handle: string;
	stage: Stage;
	startedAt: number;
	window: PlannedWindow["asked"];
	sources: { source: string; state: SourceProgress["state"]; signals: number; series: number; status?: Coverage["status"] }[];
	report?: IncidentReport;
	error?: AppError;
}

export interface CollectSettings {
	sources: ReadonlyMap<string, OpenSource>;
	limits: CollectLimits;
	/** How much healthy time is read before a "since" window. */
	baselineMs: number;
}

/** What an investigation needs: everything outside it is passed in. */
export interface Workbench {
	/** The configuration, read anew for each investigation, so that a server that outlives an edit sees it. @throws BAD_CONFIG */
	settings(): Promise<CollectSettings>;
	store: IncidentStore;
	/** The folder of the store. */
	dataDir: string;
	analyze(evidence: EvidenceSet, signal: AbortSignal): Promise<IncidentReport>;
	now(): number;
}

export interface RunOptions {
	id: string;
	signal: AbortSignal;
	onStage?: (stage: "collecting" | "analysing") => void;
	onProgress?: (progress: SourceProgress) => void;
}

/** Collects the window and analyses it: the live path, start to end. Both are kept in the store; a store that fails is a note, not an error. */
export async function investigate(bench: Workbench, request: InvestigationRequest, options: RunOptions): Promise<IncidentReport> {
	const started = bench.now();
	const { sources, limits, baselineMs } = await bench.settings();
	const planned = planWindow(request, baselineMs, started);
	options.onStage?.("collecting");
	const { evidence, notes } = await collectEvidence(sources, planned, {
		id: options.id,
		title: request.service === undefined ? "what is broken" : `what is broken in ${request.service}`,
		focus: request.service,
		limits,
		signal: options.signal,
		...(options.onProgress === undefined ? {} : { onProgress: options.onProgress }),
	});
	requireSomeCoverage(evidence);
	options.onStage?.("analysing");
	const found = await bench.analyze(evidence, options.signal);
	const ms = Math.max(0, bench.now() - started);
	const report: IncidentReport = { ...found, id: options.id, notes: [...found.notes, ...notes], usage: { ...found.usage, ms } };
	return await keep(bench.store, evidence, report);
}

async function keep(store: IncidentStore, evidence: EvidenceSet, report: IncidentReport): Promise<IncidentReport> {
	try {
		await store.saveEvidence(evidence);
		await store.saveReport(report);
		return report;
	} catch (thrown) {
		return { ...report, notes: [...report.notes, `this report was not kept: ${toAppError(thrown).message}`] };
	}
}

/** How many may run at once, and how many ended ones are remembered. */
const MAX_RUNNING = 4;
const MAX_REMEMBERED = 50;

/** Investigations that run beyond the call that started them: start, then poll by handle. */
export interface Investigations {
	/** Starts one, or joins one that already runs for the same question. @throws RATE_LIMITED, BAD_INPUT */
	start(request: InvestigationRequest): InvestigationState;
	get(handle: string): InvestigationState | undefined;
	/** The state once it has ended, or as it is after `ms`; `onChange` is told of each step until then. */
	wait(handle: string, ms: number, signal: AbortSignal, onChange?: (state: InvestigationState) => void): Promise<InvestigationState>;
	/** Cancels all that run and waits until their children are gone. */
	close(): Promise<void>;
}

interface Running {
	state: InvestigationState;
	key: string;
	controller: AbortController;
	ended: Promise<void>;
	listeners: Set<(state: InvestigationState) => void>;
}

export function createInvestigations(bench: Workbench): Investigations {
	const all = new Map<string, Running>();

	function start(request: InvestigationRequest): InvestigationState {
		const key = JSON.stringify([request.since, request.from, request.to, request.baseline, request.service]);
		const running = [...all.values()].filter((r) => r.state.stage === "collecting" || r.state.stage === "analysing");
		const same = running.find((r) => r.key === key);
		if (same !== undefined) return same.state;
		if (running.length >= MAX_RUNNING)
			throw new AppError("RATE_LIMITED", `${MAX_RUNNING} investigations are already running`, {
				hint: "wait for one of them: get_incident with its handle",
				retryAfterMs: 10_000,
			});
		// The lookback does not change the asked window; a wrong time is told at once.
		const planned = planWindow(request, 0, bench.now());
		const handle = newIncidentId(bench.now());
		const state: InvestigationState = { handle, stage: "collecting", startedAt: bench.now(), window: planned.asked, sources: [] };
		const entry: Running = { state, key, controller: new AbortController(), ended: Promise.resolve(), listeners: new Set() };
		all.set(handle, entry);
		entry.ended = run(bench, request, entry);
		forgetOldest(all);
		return state;
	}

	return {
		start,
		get: (handle) => all.get(handle)?.state,
		async wait(handle, ms, signal, onChange) {
			const entry = all.get(handle);
			if (entry === undefined)
				throw new AppError("NOT_FOUND", "there is no such handle", {
					hint: "handles are gone when the server restarts; ask whats_broken again",
				});
			if (onChange !== undefined) entry.listeners.add(onChange);
			try {
				await untilEnded(entry.ended, ms, signal);
			} finally {
				if (onChange !== undefined) entry.listeners.delete(onChange);
			}
			return entry.state;
		},
		async close() {
			for (const { controller } of all.values()) controller.abort(new AppError("CANCELLED", "the server is shutting down"));
			await Promise.all([...all.values()].map((r) => r.ended));
		},
	};
}

async function run(bench: Workbench, request: InvestigationRequest, { state, controller, listeners }: Running): Promise<void> {
	const tell = () => {
		for (const listener of listeners) listener(state);
	};
	try {
		state.report = await investigate(bench, request, {
			id: state.handle,
			signal: controller.signal,
			onStage: (stage) => {
				state.stage = stage;
				tell();
			},
			onProgress: (p) => {
				noteProgress(state, p);
				tell();
			},
		});
		state.stage = "done";
	} catch (thrown) {
		state.error = toAppError(thrown);
		state.stage = "failed";
	}
	tell();
}

function noteProgress(state: InvestigationState, { source, state: step, signals, series, coverage }: SourceProgress): void {
	const line = { source, state: step, signals, series, ...(coverage === undefined ? {} : { status: coverage.status }) };
	const at = state.sources.findIndex((s) => s.source === source);
	if (at < 0) state.sources.push(line);
	else state.sources[at] = line;
}

function forgetOldest(all: Map<string, Running>): void {
	const ended = [...all].filter(([, r]) => r.state.stage === "done" || r.state.stage === "failed");
	for (const [handle] of ended.slice(0, Math.max(0, ended.length - MAX_REMEMBERED))) all.delete(handle);
}

/** Resolves when the work has ended, after `ms`, or when the waiting caller gives up; the work itself goes on. */
function untilEnded(ended: Promise<void>, ms: number, signal: AbortSignal): Promise<void> {
	return new Promise((resolve, reject) => {
		const finish = () => {
			clearTimeout(timer);
			signal.removeEventListener("abort", stop);
			resolve();
		};
		const stop = () => {
			clearTimeout(timer);
			reject(toAppError(signal.reason));
		};
		const timer = setTimeout(finish, ms);
		if (signal.aborted) return stop();
		signal.addEventListener("abort", stop, { once: true });
		void ended.then(finish);
	});
}
