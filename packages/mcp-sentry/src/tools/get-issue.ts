import { AppError, EvidencePage, type Signal, type Window } from "@faultline/contracts";
import {
	coverageOf,
	defineTool,
	evidenceInput,
	evidenceReply,
	READS,
	redactionsOf,
	type Tool,
	windowBefore,
	windowOf,
} from "@faultline/mcp";
import { redact } from "@faultline/platform";
import { z } from "zod";
import type { SentryClient } from "../client.ts";
import type { Connection } from "../connection.ts";
import { eventSignal } from "../map-error.ts";
import { issueSignal } from "../map-issue.ts";
import { Committers, Event, Issue } from "../wire.ts";

const { from, to } = evidenceInput;
const Input = z.object({
	issue: z
		.string()
		.regex(/^[\w-]{1,100}$/)
		.describe("Its number or short id (WEB-1A)."),
	from,
	to,
});

export function getIssue({ client }: Connection): Tool<typeof Input, typeof EvidencePage> {
	return defineTool({
		name: "get_issue",
		title: "One Sentry issue",
		description:
			"One issue in a window: its record with counts here and in the window before, its latest event with the exception chain (in-app frames first), release, environment and trace id, and the suspect commits that last touched those lines (kind change).",
		inputSchema: Input,
		outputSchema: EvidencePage,
		annotations: READS,
		async run(input, context) {
			const { signal } = context;
			const window = windowOf(input, context.now());
			const path = await issuePath(client, input.issue, signal);
			const [issue, count, previousCount, events] = await Promise.all([
				client.one(path, Issue, {}, signal),
				countIn(client, path, window, signal),
				countIn(client, path, windowBefore(window), signal),
				client.page(`${path}events/`, Event, { ...(await timesOf(client, window, signal)), full: "true", per_page: 1 }, signal),
			]);
			const event = events.items[0];
			const latest = event === undefined ? undefined : eventSignal(issue, event, client.web);
			const { commits, skipped } = event === undefined ? { commits: [], skipped: [] } : await suspects(client, issue, event, signal);
			const record = issueSignal({ ...issue, count: count.number }, window, client.web);
			const counts = { count: count.number, previousCount: previousCount.number, ...(count.more ? { countIsAtLeast: true } : {}) };
			const signals = [{ ...record, attributes: { ...record.attributes, ...counts } }, ...(latest ? [latest] : []), ...commits];
			const page = {
				signals,
				coverage: coverageOf("sentry", window, { skipped, waitedMs: client.waitedMs(signal) }),
				redactions: redactionsOf(signals),
				url: client.web(`issues/${encodeURIComponent(issue.id)}/`),
			};
			const reply = evidenceReply(page, `Issue ${issue.shortId ?? issue.id}`, { detail: "full" });
			const title = `${counts.count}${count.more ? " or more" : ""} events in the window, ${counts.previousCount}${previousCount.more ? " or more" : ""} in the one before.`;
			return { ...reply, text: `${title}\n${reply.text}` };
		},
	});
}

/** A short id is looked up; a number is used as it is. */
async function issuePath(client: SentryClient, issue: string, signal: AbortSignal): Promise<string> {
	if (/^\d+$/.test(issue)) return `issues/${issue}/`;
	const { groupId } = await client.one(`shortids/${encodeURIComponent(issue)}/`, z.object({ groupId: z.coerce.string() }), {}, signal);
	return `issues/${encodeURIComponent(groupId)}/`;
}

const timesOf = async (client: SentryClient, window: Window, signal: AbortSignal) => {
	const { start, end, environment } = await client.scope(window, undefined, signal);
	return { start, end, environment };
};

/** How many events an issue had in a window, counted up to ten pages of them. */
async function countIn(
	client: SentryClient,
	path: string,
	window: Window,
	signal: AbortSignal,
): Promise<{ number: number; more: boolean }> {
	const { items, truncated } = await client.all(`${path}events/`, z.unknown(), await timesOf(client, window, signal), signal, 1000);
	return { number: items.length, more: truncated };
}

/** Commits that last touched the lines of an event, as Sentry works out where a code host is connected. */
async function suspects(
	client: SentryClient,
	issue: Issue,
	event: Event,
	signal: AbortSignal,
): Promise<{ commits: Signal[]; skipped: string[] }> {
	const id = event.eventID ?? event.id;
	const project = issue.project?.slug;
	if (id === undefined || project === undefined) return { commits: [], skipped: [] };
	const path = `/projects/{organization}/${encodeURIComponent(project)}/events/${encodeURIComponent(id)}/committers/`;
	try {
		const { committers } = await client.one(path, Committers, {}, signal);
		return {
			commits: committers.flatMap(({ author, commits }) =>
				(commits ?? []).flatMap((c) => suspectSignal(c, author?.name ?? author?.username)),
			),
			skipped: [],
		};
	} catch (thrown) {
		// no code host is connected, or no commit of the release touches the frames
		if (thrown instanceof AppError && thrown.code === "NOT_FOUND") return { commits: [], skipped: [] };
		if (thrown instanceof AppError && thrown.code === "FORBIDDEN") return { commits: [], skipped: [`suspect commits: ${thrown.code}`] };
		throw thrown;
	}
}

type SuspectCommit = NonNullable<z.infer<typeof Committers>["committers"][number]["commits"]>[number];

function suspectSignal(commit: SuspectCommit, author: string | undefined): Signal[] {
	if (commit.dateCreated === undefined) return [];
	const title = redact((commit.message ?? "").split("\n")[0] || commit.id);
	const service = commit.repository?.name?.split("/").at(-1);
	return [
		{
			id: `sentry:suspect:${commit.id}`,
			source: "sentry",
			kind: "change",
			time: commit.dateCreated,
			severity: 9,
			resource: service ?? "unknown",
			body: `suspect commit: ${title.text}`,
			attributes: {
				suspect: commit.suspectCommitType ?? "unknown",
				...(commit.repository?.name ? { repository: commit.repository.name } : {}),
			},
			count: 1,
			...(commit.pullRequest?.externalUrl && /^https?:\/\//.test(commit.pullRequest.externalUrl)
				? { url: commit.pullRequest.externalUrl }
				: {}),
			redactions: title.count,
			change: { type: "commit", id: commit.id, commitId: commit.id, title: title.text, ...(author === undefined ? {} : { author }) },
		},
	];
}
