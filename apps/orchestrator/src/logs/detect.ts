import { type DetectorWeights, detectSessions, type Session, type SessionVerdict } from "@faultline/anomaly";
import { createTemplateTree, failureOfLine, inferSeverity, type PlaceholderRule, type TemplateTree } from "@faultline/logs";
import type { LearnedFailures } from "../models/learned-failures.ts";
import type { SessionLine } from "./read-sessions.ts";

export interface DetectOptions {
	detectors?: DetectorWeights | undefined;
	/** What varies in a line; the default rules without. */
	rules?: readonly PlaceholderRule[] | undefined;
	/** A network's opinion of lines, asked where single lines are judged without a baseline. */
	learnedFailures?: LearnedFailures | undefined;
	/** Share of healthy sessions that may be called anomalous. */
	risk?: number | undefined;
	/** Told what is no verdict on a session: a baseline that drifts, a new regime. */
	onNote?: (note: string) => void;
}

/** Sessions with templates for lines, ready to be judged. */
export interface TemplatedSessions {
	baseline: Session[];
	input: Session[];
	describe: (event: string) => string;
	severityOf: (event: string) => number;
	failureOf: (event: string) => number;
	learnedFailureOf?: (events: readonly string[]) => Promise<ReadonlyMap<string, number> | undefined>;
}

/** Sessions in, verdicts out, in order. An empty baseline makes the input judge itself. Keeps one template id per line. */
export async function* detectInSessions(
	baseline: AsyncIterable<SessionLine>,
	input: AsyncIterable<SessionLine>,
	{ rules, learnedFailures, ...options }: DetectOptions = {},
): AsyncGenerator<SessionVerdict> {
	yield* detectSessions({ ...(await templatedSessions(baseline, input, rules, learnedFailures)), ...options });
}

/** Learns the templates of both. What the baseline taught stays as it is, so that an event means the same before and after. */
export async function templatedSessions(
	baseline: AsyncIterable<SessionLine>,
	input: AsyncIterable<SessionLine>,
	rules?: readonly PlaceholderRule[],
	learnedFailures?: LearnedFailures,
): Promise<TemplatedSessions> {
	const tree = createTemplateTree(rules === undefined ? {} : { rules });
	const meanings = new Map<string, Meaning>();
	const learned = await learn(baseline, tree, meanings);
	tree.pin();
	const judged = await learn(input, tree, meanings);
	const resolved = (sessions: Session[]): Session[] =>
		sessions.map(({ id, events }) => ({ id, events: events.map((event) => tree.resolve(event)) }));
	return {
		baseline: resolved(learned),
		input: resolved(judged),
		describe: (event) => tree.template(event)?.text ?? event,
		severityOf: (event) => meanings.get(event)?.severity ?? 0,
		failureOf: (event) => meanings.get(event)?.failure ?? 0,
		...(learnedFailures !== undefined && {
			async learnedFailureOf(events) {
				const scores = await learnedFailures(events.map((event) => meanings.get(event)?.line ?? ""));
				return scores && new Map(events.map((event, i) => [event, scores[i] ?? 0]));
			},
		}),
	};
}

/** Characters of a line that a network looks at. */
const LINE_CHARS = 400;

interface Meaning {
	line: string;
	severity: number;
	failure: number;
}

async function learn(sessions: AsyncIterable<SessionLine>, tree: TemplateTree, meanings: Map<string, Meaning>): Promise<Session[]> {
	const all: Session[] = [];
	for await (const { id, lines } of sessions) {
		const events = lines.map((line) => {
			const { templateId } = tree.add(line);
			// Of the first line of each: a template's words are its lines' words.
			if (!meanings.has(templateId))
				meanings.set(templateId, { line: line.slice(0, LINE_CHARS), severity: inferSeverity(line), failure: failureOfLine(line) });
			return templateId;
		});
		all.push({ id, events });
	}
	return all;
}
