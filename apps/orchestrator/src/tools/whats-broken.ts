import { defineTool, READS, type ToolContext } from "@faultline/mcp";
import { z } from "zod";
import { briefReport, incidentUri } from "../incidents/brief-report.ts";
import type { InvestigationState } from "../jobs/investigations.ts";
import { ANSWER_WITHIN_MS, type Desk } from "./desk.ts";

const time = z.string().max(40);

export const whatsBrokenInput = z.object({
	since: time
		.optional()
		.describe('how far back to look, such as "30m" (the default), "2h" or "1d"; a healthy lookback before it is read as well'),
	from: time.optional().describe('start of an exact window instead of since: ISO 8601 with a zone, or "-2h"'),
	to: time.optional().describe('end of the window: ISO 8601 with a zone, or "now" (the default)'),
	service: z.string().trim().min(1).max(200).optional().describe("the service or resource that the question is about, if it is about one"),
});

/** What every tool that tells of an investigation answers. */
export const InvestigationAnswer = z.object({
	status: z.enum(["done", "running"]).describe('"running": call get_incident with the handle'),
	handle: z.string().describe("id of the incident, now or once it is done"),
	report: z.record(z.string(), z.unknown()).optional(),
	progress: z.record(z.string(), z.unknown()).optional(),
});

export function whatsBroken(desk: Desk, answerWithinMs: number = ANSWER_WITHIN_MS) {
	return defineTool({
		name: "whats_broken",
		title: "What's broken?",
		description: [
			"Finds what is broken now: collects from every configured source (Kubernetes, Sentry, CloudWatch, Grafana), detects what is abnormal, and answers with the status, the cause, the impact since when, the change behind it and the safest next step; each finding cites evidence ids.",
			'Use it first for any question such as "what\'s broken?", "is X down?", "why is X slow?". It changes nothing.',
			'It answers within 45 s. Where the work takes longer the answer has status "running" and a handle: call get_incident with it.',
			"The answer is a summary; get_incident gives the rest, search_signals the raw evidence, propose_remediation what can be done.",
			'"inconclusive" means that the evidence does not decide: say so, and do not name a cause as certain.',
		].join("\n"),
		inputSchema: whatsBrokenInput,
		outputSchema: InvestigationAnswer,
		annotations: { ...READS, idempotentHint: false },
		async run(input, context) {
			const started = desk.investigations.start(input);
			const state = await desk.investigations.wait(started.handle, answerWithinMs, context.signal, tellProgress(context));
			return answerOf(state);
		},
	});
}

/** At most this often, and on each change of stage. */
const PROGRESS_EVERY_MS = 250;

/** Progress notifications of an investigation, not one per page. */
export function tellProgress(context: ToolContext): (state: InvestigationState) => void {
	let step = 0;
	let last = 0;
	let stage: string | undefined;
	return (state) => {
		const now = context.now();
		if (state.stage === stage && now - last < PROGRESS_EVERY_MS) return;
		stage = state.stage;
		last = now;
		context.progress(++step, undefined, progressLine(state));
	};
}

/** A finished investigation as its brief, a running one as its progress; a failed one is thrown. */
export function answerOf(state: InvestigationState) {
	if (state.error !== undefined) throw state.error;
	const { handle, report } = state;
	if (report === undefined) {
		const text = `Still ${state.stage} (${progressLine(state)}). Call get_incident with id "${handle}" to wait for it.`;
		return {
			data: { status: "running" as const, handle, progress: { stage: state.stage, window: state.window, sources: state.sources } },
			text,
		};
	}
	const { data, text } = briefReport(report);
	const link = { uri: incidentUri(report.id), name: report.id, description: "the whole report", mimeType: "application/json" };
	return { data: { status: "done" as const, handle, report: data }, text, links: [link] };
}

/** "collecting: kubernetes 120 signals, sentry connecting" */
export function progressLine({ stage, sources }: InvestigationState): string {
	const parts = sources.map((s) => {
		if (s.state === "connecting") return `${s.source} connecting`;
		const end = s.state === "done" ? ` (${s.status ?? "done"})` : "";
		return `${s.source} ${s.signals} signals, ${s.series} series${end}`;
	});
	return `${stage}${parts.length === 0 ? "" : `: ${parts.join("; ")}`}`;
}
