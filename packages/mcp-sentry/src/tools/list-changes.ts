import { EvidencePage, type Signal, toAppError, type Window } from "@faultline/contracts";
import { coverageOf, defineTool, EvidenceInput, evidenceReply, pageRequest, READS, redactionsOf, type Tool } from "@faultline/mcp";
import { z } from "zod";
import type { Connection } from "../connection.ts";
import { commitSignal, deploySignals, publishedSignals } from "../map-change.ts";
import { serviceOfProject } from "../map-error.ts";
import { Commit, Deploy, FileChange, Release } from "../wire.ts";

/** A release made this long before the window may still be deployed in it. */
const LOOKBACK_MS = 30 * 86_400_000;
const MOST_RELEASES = 1000;
/** Commits and files read of one release. */
const MOST_OF_RELEASE = 500;

const Position = z.int().nonnegative();

export function listChanges({ client }: Connection): Tool<typeof EvidenceInput, typeof EvidencePage> {
	return defineTool({
		name: "list_changes",
		title: "Releases, deploys and commits",
		description:
			"What was deployed and committed in a window, oldest first: deploys by service and environment with their commit, releases published without a deploy, commits with title, author, files and, where the message holds one, the diff. A deploy brings its release's commits even where they are older.",
		inputSchema: EvidenceInput,
		outputSchema: EvidencePage,
		annotations: READS,
		evidence: ["change"],
		async run(input, context) {
			const request = pageRequest("list_changes", input, context.now(), Position);
			const { window, position: start = 0 } = request;
			const { signals: all, skipped, truncated } = await readChanges({ client }, window, context.signal);
			const signals = all.slice(start, start + input.limit);
			const next = start + input.limit < all.length ? start + input.limit : undefined;
			const page = {
				signals,
				coverage: coverageOf("sentry", window, { skipped, truncated, waitedMs: client.waitedMs(context.signal) }),
				redactions: redactionsOf(signals),
				url: client.web("releases/"),
				...(next === undefined ? {} : { nextCursor: request.next(next) }),
			};
			return evidenceReply(page, "Releases, deploys and commits", {
				detail: input.detail,
				whenEmpty: "No deploy, release or commit in this window.",
			});
		},
	});
}

interface Found {
	signals: Signal[];
	skipped: string[];
	truncated: boolean;
}

async function readChanges(connection: Connection, window: Window, signal: AbortSignal): Promise<Found> {
	const { releases, truncated } = await readReleases(connection, window, signal);
	const services = new Map(
		releases.flatMap((r) =>
			(r.projects ?? []).flatMap((p) => [p.slug, p.name ?? p.slug].map((name): [string, string] => [name, serviceOfProject(p) ?? p.slug])),
		),
	);
	const found: Found = { signals: [], skipped: [], truncated };
	await Promise.all(
		releases.map(async (release) => {
			try {
				const one = await readRelease(connection, release, window, services, signal);
				found.signals.push(...one.signals);
				found.truncated ||= one.truncated;
			} catch (thrown) {
				if (signal.aborted) throw thrown;
				const error = toAppError(thrown);
				// a permission or a limit concerns all of them: no use in a list of gaps
				if (error.code !== "NOT_FOUND" && error.code !== "BAD_RESPONSE") throw error;
				found.skipped.push(`release ${release.version.slice(0, 100)}: ${error.code}, ${error.message}`);
			}
		}),
	);
	const byId = new Map(found.signals.map((s) => [s.id, s]));
	found.signals = [...byId.values()].sort((a, b) => Date.parse(a.time) - Date.parse(b.time) || (a.id < b.id ? -1 : 1));
	return found;
}

/** Releases that may have changed something in the window: newest first, until they are too old to be deployed in it. */
async function readReleases(
	{ client }: Connection,
	window: Window,
	signal: AbortSignal,
): Promise<{ releases: Release[]; truncated: boolean }> {
	const project = await client.projectIds(signal);
	const from = Date.parse(window.from);
	const releases: Release[] = [];
	let cursor: string | undefined;
	let read = 0;
	do {
		const page = await client.page("releases/", Release, { project, per_page: 100, cursor }, signal);
		read += page.items.length;
		releases.push(
			...page.items.filter((r) => touchedAt(r) >= from && Date.parse(r.dateCreated ?? "") < Date.parse(window.to) + LOOKBACK_MS),
		);
		const oldest = Math.min(...page.items.map(touchedAt));
		cursor = oldest < from - LOOKBACK_MS ? undefined : page.next;
	} while (cursor !== undefined && read < MOST_RELEASES);
	return { releases, truncated: cursor !== undefined };
}

/** The last time at which a release did anything. */
function touchedAt(r: Release): number {
	const times = [r.dateCreated, r.dateReleased, r.lastDeploy?.dateFinished, r.lastDeploy?.dateStarted, r.lastCommit?.dateCreated]
		.map((t) => Date.parse(t ?? ""))
		.filter(Number.isFinite);
	return times.length > 0 ? Math.max(...times) : Number.POSITIVE_INFINITY;
}

async function readRelease(
	{ client }: Connection,
	release: Release,
	window: Window,
	services: ReadonlyMap<string, string>,
	signal: AbortSignal,
): Promise<{ signals: Signal[]; truncated: boolean }> {
	const path = `releases/${encodeURIComponent(release.version)}`;
	const none = { items: [], truncated: false };
	const [deploys, commits, files] = await Promise.all([
		release.deployCount === 0 ? none : client.all(`${path}/deploys/`, Deploy, {}, signal, MOST_OF_RELEASE),
		release.commitCount === 0 ? none : client.all(`${path}/commits/`, Commit, {}, signal, MOST_OF_RELEASE),
		release.commitCount === 0 ? none : client.all(`${path}/commitfiles/`, FileChange, {}, signal, MOST_OF_RELEASE),
	]);
	const rolled = deploys.items.flatMap((deploy) => deploySignals(release, deploy, client.web));
	const shipped = (deploys.items.length === 0 ? publishedSignals(release, client.web) : rolled).filter((s) => inside(s, window));
	const committed = commits.items.map((c) => commitSignal(c, release, files.items, services, client.web)).filter((s) => s !== undefined);
	return {
		signals: [...shipped, ...committed.filter((s) => shipped.length > 0 || inside(s, window))],
		truncated: deploys.truncated || commits.truncated || files.truncated,
	};
}

const inside = (s: Signal, window: Window): boolean =>
	Date.parse(s.time) >= Date.parse(window.from) && Date.parse(s.time) < Date.parse(window.to);
