import { EvidencePage, type Signal, type Window } from "@faultline/contracts";
import { coverageOf, defineTool, EvidenceInput, evidenceReply, pageRequest, READS, redactionsOf, type Tool } from "@faultline/mcp";
import { z } from "zod";
import type { Scope } from "../client.ts";
import type { Connection } from "../connection.ts";
import { eventSignal, remainderSignal } from "../map-error.ts";
import { Event, Issue } from "../wire.ts";

const ISSUES_PER_PAGE = 100;
/** Events read of one issue; the rest of its occurrences come as one record with their count. */
const EVENTS_PER_ISSUE = 100;
/** Issues whose events are read at once. */
const AT_ONCE = 5;

const Input = EvidenceInput.extend({
	query: z.string().max(500).default("").describe('Sentry issue search ("level:fatal release:1.2").'),
	environment: z.string().max(64).optional().describe("Only this environment."),
});

/** Where a page ended: Sentry's cursor of the page of issues, and how many of its issues are done. */
const Position = z.object({ c: z.string().optional(), i: z.int().nonnegative() });
type Position = z.infer<typeof Position>;

export function listErrors({ client }: Connection): Tool<typeof Input, typeof EvidencePage> {
	return defineTool({
		name: "list_errors",
		title: "Sentry errors",
		description:
			"Error events of a window: of every issue seen in it the latest events, with the exception chain (outermost first, in-app frames first), service, release, environment, trace id, suspect file, and when the issue was first and last seen; of very frequent issues the rest as one record with its count. Users, requests and other personal data are left out.",
		inputSchema: Input,
		outputSchema: EvidencePage,
		annotations: READS,
		evidence: ["error"],
		async run(input, context) {
			const request = pageRequest("list_errors", input, context.now(), Position);
			const { window } = request;
			const scope = await client.scope(window, input.environment, context.signal);
			const perIssue = Math.min(EVENTS_PER_ISSUE, Math.max(1, input.limit - 1));
			const signals: Signal[] = [];
			let place: Position | undefined = request.position ?? { i: 0 };
			let unreadable = 0;
			let full = false;
			while (place && !full) {
				const at: Position = place;
				const issues = await client.page(
					"issues/",
					Issue,
					{ ...scope, query: input.query, sort: "date", limit: ISSUES_PER_PAGE, cursor: at.c },
					context.signal,
				);
				unreadable += issues.unreadable;
				let done = at.i;
				while (done < issues.items.length && !full) {
					const batch = issues.items.slice(done, done + AT_ONCE);
					const read = await Promise.all(batch.map((issue) => readIssue({ client }, issue, scope, perIssue, window, context.signal)));
					for (const found of read) {
						full = signals.length > 0 && signals.length + found.length > input.limit;
						if (full) break;
						signals.push(...found);
						done += 1;
					}
					context.progress(signals.length, undefined, "errors read");
				}
				place = full
					? { ...(at.c === undefined ? {} : { c: at.c }), i: done }
					: issues.next === undefined
						? undefined
						: { c: issues.next, i: 0 };
			}
			const skipped = unreadable > 0 ? [`${unreadable} issues were not as expected`] : [];
			const page = {
				signals,
				coverage: coverageOf("sentry", window, { skipped, waitedMs: client.waitedMs(context.signal) }),
				redactions: redactionsOf(signals),
				url: client.web(`issues/?start=${scope.start}&end=${scope.end}&utc=true`),
				...(place === undefined ? {} : { nextCursor: request.next(place) }),
			};
			return evidenceReply(page, "Sentry errors", { detail: input.detail });
		},
	});
}

async function readIssue(
	{ client }: Connection,
	issue: Issue,
	scope: Scope,
	perIssue: number,
	window: Window,
	signal: AbortSignal,
): Promise<Signal[]> {
	const { start, end, environment } = scope;
	const events = await client.page(
		`issues/${encodeURIComponent(issue.id)}/events/`,
		Event,
		{ start, end, environment, full: "true", per_page: perIssue },
		signal,
	);
	const signals = events.items.map((event) => eventSignal(issue, event, client.web)).filter((s) => s !== undefined);
	// unreadable events still happened; where there are no more pages, what was read is all there is
	const missed = events.unreadable + events.items.length - signals.length;
	const rest = events.next === undefined ? missed : Math.max(missed, (issue.count ?? 0) - signals.length, 1);
	return rest > 0 ? [...signals, remainderSignal(issue, rest, window, client.web)] : signals;
}
